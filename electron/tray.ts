import type { MenuItemConstructorOptions } from 'electron'
import type { NetbootState } from '../server/api/index.ts'
import type { Work } from '../server/work.ts'
import { flashLines, isIdle, workSentence } from './say-work.ts'

/** What the tray tells. */
export interface Status {
  urls: readonly string[]
  /** Of network boot, with its reason. */
  netboot: { state: 'on' | 'off' | 'blocked' | 'lacks-ports'; detail: string }
  work: Work
}

export interface TrayActions {
  /** Brings the window to the front, on this page of the console where one is named. */
  show(page?: string): void
  copy(text: string): void
  quit(): void
}

/** One line beside the icon. Pure. */
export function trayTip({ work }: Pick<Status, 'work'>): string {
  return isIdle(work) ? 'bty console: serving' : `bty console: ${workSentence(work)}`
}

/** The tray's menu: state, running flashes, addresses to copy, and the way back to the window. Pure. */
export function trayMenu(
  { urls, netboot, work }: Status,
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const said = (label: string): MenuItemConstructorOptions => ({ label, enabled: false })
  const line: MenuItemConstructorOptions = { type: 'separator' }
  return [
    said(isIdle(work) ? 'Serving, nothing is running' : workSentence(work)),
    ...flashLines(work).map(said),
    netboot.state === 'lacks-ports'
      ? { label: NETBOOT[netboot.state], click: () => actions.show('/ui/netboot') }
      : said(NETBOOT[netboot.state]),
    line,
    ...urls.map((url) => ({ label: `Copy ${url}`, click: () => actions.copy(url) })),
    line,
    { label: 'Open the console', click: () => actions.show() },
    { label: 'Quit', click: () => actions.quit() },
  ]
}

const NETBOOT: Record<Status['netboot']['state'], string> = {
  on: 'Network boot: on',
  off: 'Network boot: off',
  blocked: 'Network boot: blocked, the Netboot page tells why',
  'lacks-ports': 'Network boot: allow low ports…',
}

/** The worse of its two services. Pure. */
export function netbootStatus({
  tftp,
  proxy_dhcp,
  low_ports,
}: Pick<NetbootState, 'tftp' | 'proxy_dhcp' | 'low_ports'>): Status['netboot'] {
  if (low_ports.state === 'needed') return { state: 'lacks-ports', detail: low_ports.detail }
  // ProxyDHCP may be off for good; TFTP is what every way needs.
  const { state, detail } = proxy_dhcp.state === 'blocked' ? proxy_dhcp : tftp
  return { state, detail }
}
