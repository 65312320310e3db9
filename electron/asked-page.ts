/** What the system hands to the app: `bty://` links and files. Anyone can write a link, so it only chooses a page. */
import { isAbsolute, join } from 'node:path'
import { CONSOLE_PAGES } from '../server/api/raw-routes.ts'

export interface Looks {
  /** Folder against which relative paths are meant. */
  cwd: string
  isFile: (path: string) => boolean
}

const IMAGE = /\.(?:img|raw|iso|qcow2|wic)(?:\.(?:gz|xz|zst|bz2|lz4))?$/i
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/

/** Path of the console's page that a link or a file asks for; null when it is none that the console opens. Pure but for `looks`. */
export function askedPage(argument: string, looks: Looks): string | null {
  if (/^bty:/i.test(argument)) return pageOfLink(argument)
  if (argument.startsWith('-') || argument === '' || argument.includes('\0') || argument.length > 4096)
    return null
  const path = isAbsolute(argument) ? argument : join(looks.cwd, argument)
  const query = IMAGE.test(path) ? 'flash?image=' : /\.toml$/i.test(path) ? 'images?import=' : null
  return query === null || !looks.isFile(path) ? null : `/ui/${query}${encodeURIComponent(path)}`
}

/** The first of a process's arguments that asks for a page; the executable and the app's folder ask for none. */
export function pageOfArguments(argv: readonly string[], looks: Looks): string | null {
  for (const argument of argv.slice(1)) {
    const page = askedPage(argument, looks)
    if (page !== null) return page
  }
  return null
}

/** `bty://machines/52:54:00:12:34:56`, `bty://netboot`: nothing but pages, without query or fragment. */
function pageOfLink(link: string): string | null {
  const [, page = '', key] = /^bty:\/\/([a-z]+)(?:\/([^/?#]*))?\/?$/i.exec(link) ?? []
  const name = CONSOLE_PAGES.find((known) => known === page.toLowerCase())
  if (name === undefined) return null
  if (key === undefined || key === '') return `/ui/${name}`
  const mac = safeDecode(key).toLowerCase().replaceAll('-', ':')
  return name === 'machines' && MAC.test(mac) ? `/ui/machines/${mac}` : null
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
