import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** Where state lives when nothing says otherwise: the system's place for root, else the user's. Pure. */
export function defaultStateDir(platform: NodeJS.Platform, isRoot: boolean, home: string, env: Env): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'bty')
  if (isRoot) return '/var/lib/bty'
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'bty')
  return join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'bty')
}
