import { spawn } from 'node:child_process'

/** The command that opens a web page in the operator's browser. */
export function browserCommand(platform: NodeJS.Platform, url: string): [command: string, ...args: string[]] {
  if (platform === 'darwin') return ['open', url]
  // Not `cmd /c start`: it would read `&` in the URL as the end of the command.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url]
  return ['xdg-open', url]
}

/** Opens a page in the browser, best effort: the address has been printed already. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): void {
  const [command, ...args] = browserCommand(platform, url)
  const opener = spawn(command, args, { detached: true, stdio: 'ignore' })
  opener.on('error', () => {})
  opener.unref()
}
