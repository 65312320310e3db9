import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'

/** The server cannot listen where it was told to; the message says why and what to do. */
export class ListenError extends Error {
  override name = 'ListenError'
}

const NEXT_PORTS = 20

/** Binds `host:port` and returns the port. `portTaken: 'next'` tries the ports above. @throws {ListenError} */
export async function listen(
  server: Server,
  host: string,
  port: number,
  portTaken: 'error' | 'next' = 'error',
): Promise<number> {
  const last = port === 0 || portTaken === 'error' ? port : Math.min(65535, port + NEXT_PORTS)
  for (let candidate = port; ; candidate++) {
    const error = await bind(server, host, candidate)
    if (error === null) return (server.address() as AddressInfo).port
    if (error.code !== 'EADDRINUSE' || candidate >= last) throw explained(error, host, port, last)
  }
}

function bind(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error)
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve(null)
    })
  })
}

function explained(cause: NodeJS.ErrnoException, host: string, port: number, last: number): ListenError {
  const where = `${host}:${port}${last > port ? `-${last}` : ''}`
  const why: Record<string, string> = {
    EADDRINUSE: 'another program listens there; stop it or choose another port with --port',
    EACCES: 'this user may not listen there; choose a port above 1023 with --port',
    EADDRNOTAVAIL: 'this machine has no such address; choose another with --host',
    ENOTFOUND: 'no such host; choose another with --host',
  }
  return new ListenError(`cannot listen on ${where}: ${why[cause.code ?? ''] ?? cause.message}`, { cause })
}

/** `http://` addresses at which a server bound to `host` answers: this machine first, then the LAN. */
export function addressesOf(host: string, port: number): string[] {
  const every = host === '0.0.0.0' || host === '::' || host === ''
  const hosts = every
    ? ['127.0.0.1', ...lanAddresses().filter((address) => host !== '0.0.0.0' || !address.includes(':'))]
    : [host]
  return hosts.map((name) => `http://${name.includes(':') ? `[${name}]` : name}:${port}/`)
}

function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => !address.internal && !(address.family === 'IPv6' && address.scopeid))
    .sort((a, b) => (a.family < b.family ? -1 : a.family > b.family ? 1 : 0))
    .map(({ address }) => address)
}

/** Host and port of the cheat sheet: the setting, else the first address on the LAN. */
export function advertised(setting: string, host: string, port: number): string {
  if (setting !== '') return /:\d+$/.test(setting) ? setting : `${setting}:${port}`
  const urls = addressesOf(host, port)
  return new URL(urls[1] ?? urls[0]!).host
}
