import type { ServiceState } from '../api/index.ts'

export interface ServiceFacts {
  enabled: boolean
  /** Addresses that answer. */
  running: string[]
  /** Address -> why it does not answer. */
  problems: ReadonlyMap<string, string>
  ports: number[]
}

/** What the console says of a service. */
export function serviceState({ enabled, running, problems, ports }: ServiceFacts): ServiceState {
  if (!enabled)
    return { state: 'off', detail: 'Netboot is switched off (--no-netboot or netboot.enabled).', ports: [] }
  const detail = [...new Set(problems.values())].join(' ')
  if (running.length > 0) return { state: 'on', detail, ports }
  if (problems.size > 0) return { state: 'blocked', detail, ports: [] }
  const none =
    'No wired or wireless interface has a private IPv4 address. Connect one, or name it in netboot.interfaces.'
  return { state: 'off', detail: none, ports: [] }
}

/** Why a UDP port could not be had, and what to do. Node names the port in the error. */
export function bindProblem(
  error: NodeJS.ErrnoException & { port?: number },
  platform: NodeJS.Platform = process.platform,
): string {
  const port = error.port ?? 0
  switch (error.code) {
    case 'EACCES':
      if (platform === 'win32')
        return `UDP port ${port} is kept by Windows or by another program: "netsh int ipv4 show excludedportrange udp" tells what Windows keeps.`
      return `UDP port ${port} needs a right that this console does not have.`
    case 'EADDRINUSE':
      return `UDP port ${port} is taken by another program: stop it (often dnsmasq or tftpd-hpa); this console tries again by itself.`
    default:
      return `UDP port ${port}: ${error.message}.`
  }
}
