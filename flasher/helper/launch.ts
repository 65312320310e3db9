/** The commands by which macOS and Windows start the helper with rights, after a question of the system's own. Pure. */

export interface Launch {
  command: string
  args: string[]
}

export const ELEVATIONS = ['macos', 'windows', 'terminal'] as const
export type Elevation = (typeof ELEVATIONS)[number]

const WHY = 'bty console wants to write to disks.'
const WHY_PORTS = 'bty console wants to answer network boots on UDP ports 67 and 69.'

/** `program` and its arguments with rights; null where somebody else starts it, in a terminal. */
export function launchFor(kind: Elevation, program: readonly string[]): Launch | null {
  if (kind === 'macos')
    return {
      command: '/usr/bin/osascript',
      args: [
        '-e',
        `do shell script ${appleText(program.map(shellWord).join(' '))} with prompt ${appleText(program.includes('--low-ports') ? WHY_PORTS : WHY)} with administrator privileges`,
      ],
    }
  if (kind === 'windows') {
    const [file = '', ...args] = program
    const list = args.map((arg) => powerText(windowsWord(arg))).join(', ')
    return {
      command: 'powershell.exe',
      args: [
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        `$ErrorActionPreference = 'Stop'; Start-Process -FilePath ${powerText(file)} -ArgumentList ${list} -Verb RunAs -WindowStyle Hidden`,
      ],
    }
  }
  return null
}

/** What a shell reads as one word. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** AppleScript knows two escapes. */
const appleText = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** PowerShell reads nothing in single quotes but their doubling. */
const powerText = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Start-Process joins its list with blanks; CommandLineToArgvW parts it again: backslashes count only before a quote. */
const windowsWord = (text: string): string =>
  `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
