/** Is a value that the operator types good for its key? Pure. */
import { isAbsolute } from 'node:path'
import ipaddr from 'ipaddr.js'
import { parseSize } from '../cache/size.ts'
import { type Key, type KeyInfo, KEYS } from './keys.ts'
import { readValue } from './value.ts'

/** Stands for a secret wherever settings are shown; a form that sends it back changes nothing. */
export const MASK = '********'
const MAX_CHARS = 4096
const SECRET_CHARS = 16

type Checked = { value: string | number | boolean } | { wrong: string }

/** The value in its key's type, or what is wrong with it. Stricter than reading a file, which older files must survive. */
export function checkValue(key: Key, raw: string | number | boolean): Checked {
  const info: KeyInfo = KEYS[key]
  const read = readValue(info, typeof raw === 'string' ? raw.trim() : raw)
  if ('wrong' in read) return read
  const { value } = read
  if (info.type === 'integer') {
    const [least, most] = info.range ?? [1, Number.MAX_SAFE_INTEGER]
    return Number(value) >= least && Number(value) <= most
      ? read
      : { wrong: `is ${value}; it must be from ${least} to ${most}` }
  }
  if (info.type !== 'text') return read
  const wrong = wrongText(key, info.means, String(value))
  return wrong === null ? read : { wrong }
}

function wrongText(key: Key, means: string | undefined, text: string): string | null {
  if (text.length > MAX_CHARS) return `has ${text.length} characters; at most ${MAX_CHARS} are taken`

  if (/[\u0000-\u001f\u007f]/.test(text)) return 'holds a control character'
  if (key === 'server.session_secret' && text.length < SECRET_CHARS)
    return `has ${text.length} characters; at least ${SECRET_CHARS} are wanted`
  if (key === 'updates.repo' && !REPO.test(text)) return `is ${text}; OWNER/NAME is wanted`
  if (key.startsWith('paths.') && !isAbsolute(text)) return `is ${text}; a path from the root is wanted`
  if (means === 'host' && !isHost(text)) return `is ${text}; a host name or an address is wanted`
  if (means === 'host:port' && !isHostPort(text)) return `is ${text}; a host, or host:port, is wanted`
  if (means === 'url' && !isBaseUrl(text))
    return `is ${text}; an address such as http://192.0.2.10:3000 is wanted, without user, query or fragment`
  if (means === 'size' && parseSize(text) === null)
    return `is ${text}; a number of bytes is wanted, or one with K, M, G or T, such as 50G`
  if (means === 'names') {
    const bad = text.split(',').find((name) => !/^[\w.:@-]{1,64}$/.test(name.trim()))
    if (bad !== undefined) return `names ${JSON.stringify(bad)}; names, parted by commas, are wanted`
  }
  return null
}

const REPO = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/
const NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/

export function isHost(text: string): boolean {
  // Digits and dots are an address or nothing.
  return /^[\d.]+$/.test(text)
    ? ipaddr.IPv4.isValidFourPartDecimal(text)
    : NAME.test(text) || ipaddr.IPv6.isValid(text)
}

function isHostPort(text: string): boolean {
  const { host, port } = /^(?<host>\[[^\]]+\]|[^:]+)(?::(?<port>\d{1,5}))?$/.exec(text)?.groups ?? {}
  if (host === undefined) return false
  return isHost(host.replace(/^\[(.*)\]$/, '$1')) && (port === undefined || (+port >= 1 && +port <= 65535))
}

/** `http` or `https`, nothing that does not belong into an address to which paths are added. */
export function isBaseUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text) || /\s/.test(text)) return false
  const { username, password, search, hash } = new URL(text)
  return username + password + search + hash === ''
}
