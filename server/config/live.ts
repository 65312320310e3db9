/** The configuration of the running process: what it read, where an edit goes, and what it reads again after one. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { checkValue, MASK } from './check.ts'
import { type Config, type Key, type KeyInfo, KEYS } from './keys.ts'
import { loadConfig } from './load.ts'
import { editToml } from './toml-edit.ts'
import { replaceFile } from './write-file.ts'

export type EditCode = 'no-file' | 'env' | 'flag' | 'invalid' | 'write'

/** An edit that was not made; nothing has changed. */
export class EditError extends Error {
  override name = 'EditError'
  readonly code: EditCode
  constructor(code: EditCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** An edit that was made. Values as text, secrets masked, empty for none. */
export interface Edit {
  path: string
  old: string
  new: string
}

export interface LiveConfig {
  /** As of now: the start's, or what was read after the latest edit. */
  current(): Config
  /** As the process started; what needs a restart still runs with it. */
  readonly started: Config
  /** The file that edits go to; null when none can be written. */
  target(): string | null
  /** Writes the key, or takes it out when `raw` is blank; null when that changes nothing. @throws {EditError} */
  edit(key: Key, raw: string | number | boolean): Edit | null
}

const HEADER = '# Settings of the bty console.\n# Written by its settings page; edit by hand as you like.\n'

export function liveConfig(started: Config): LiveConfig {
  let config = started
  const target = () => started.candidates.findLast(writable) ?? null

  return {
    started,
    current: () => config,
    target,
    edit(key, raw) {
      const info: KeyInfo = KEYS[key]
      const blank = String(raw).trim() === ''
      if (info.secret && raw === MASK) return null
      const source = config.sources[key]
      if (source.startsWith('env(')) throw new EditError('env', `${key} is set by ${source}; change it there`)
      if (source.startsWith('flag(')) throw new EditError('flag', `${key} is set by ${source} of this run`)
      const path = target()
      if (path === null) throw new EditError('no-file', noFile(started.candidates))
      const read = blank ? null : checkValue(key, raw)
      if (read !== null && 'wrong' in read) throw new EditError('invalid', `${key} ${read.wrong}`)
      const holder = /^toml\((.*)\)$/s.exec(source)?.[1]
      if (holder !== undefined && holder !== path && (blank || isStronger(started.candidates, holder, path)))
        throw new EditError('write', `${key} is set in ${holder}; change it there`)
      const shown = (text: string) => (info.secret && text !== '' ? MASK : text)
      const old = source === 'default' ? '' : String(config.values[key])
      if (blank && source === 'default') return null
      try {
        loadConfig(started.origin) // another file that has become unreadable must not be found out after the write
        writeKey(path, key, read === null ? null : read.value)
        config = loadConfig(started.origin)
      } catch (error) {
        throw new EditError('write', `${path}: ${(error as Error).message}`, error)
      }
      return { path, old: shown(old), new: shown(read === null ? '' : String(read.value)) }
    },
  }
}

function writeKey(path: string, key: Key, value: string | number | boolean | null): void {
  const [section, name] = key.split('.') as [string, string]
  const before = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : HEADER
  const after = editToml(before, section, name, value)
  if (after !== before) replaceFile(path, after)
}

/** A file that is there and takes a write, or could be made; never a folder. */
function writable(path: string): boolean {
  const info = fs.statSync(path, { throwIfNoEntry: false })
  if (info?.isDirectory() || (info === undefined && !path.endsWith('.toml'))) return false
  return may(info === undefined ? dirname(path) : path) || (info !== undefined && may(dirname(path)))
}

function may(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

function isStronger(candidates: readonly string[], holder: string, path: string): boolean {
  const place = (file: string) => candidates.findLastIndex((one) => one === file || one === dirname(file))
  return place(holder) > place(path)
}

function noFile(candidates: readonly string[]): string {
  return `no bty.toml can be written; looked for ${candidates.join(', ')}. Make one of them writable or name one with --config`
}
