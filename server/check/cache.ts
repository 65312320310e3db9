/** Checks of the cache: does its ledger agree with its files? Pure. */
import { counted, type Finding, gibibytes, oneLine, reporter, some } from './finding.ts'

export interface CacheFacts {
  /** Why the ledger cannot be read; null when it can. */
  unreadable: string | null
  objects: readonly { key: string; url: string; size: number; sha256: string }[]
  /** Keys of downloads that are not whole. */
  parts: readonly string[]
  /** Bytes of each file in `blobs/`, by its name. */
  blobs: ReadonlyMap<string, number>
  /** Names in `tmp/`. */
  tmp: readonly string[]
  /** Digests that were read of files, by key; empty without `--deep`. */
  digests: ReadonlyMap<string, string>
}

const { ok, advice, problem } = reporter('cache')
const START = 'start the server: it drops what does not fit and fetches it again'

/** `facts`: null where there is no cache yet. `running`: files come and go while they are looked at. */
export function checkCache(facts: CacheFacts | null, running: boolean): Finding[] {
  if (facts === null) return [ok('none yet')]
  const { unreadable, objects, parts, blobs, tmp, digests } = facts
  if (unreadable !== null)
    return [
      problem(
        `cache.db cannot be read: ${oneLine(unreadable)}`,
        'start the server: it begins a new one and keeps files that it can verify',
      ),
    ]
  const found: Finding[] = []
  const say = (text: string) =>
    found.push(running ? advice(text, 'check again; restart the server if it stays') : problem(text, START))
  const missing = objects.filter(({ key }) => !blobs.has(key))
  const sized = objects.filter(({ key, size }) => blobs.has(key) && blobs.get(key) !== size)
  const listed = new Set([...objects.map(({ key }) => key), ...parts])
  const strangers = [...blobs.keys()].filter((name) => !listed.has(name))
  const halves = tmp.filter((name) => !parts.includes(name.replace(/\.part$/, '')))
  if (missing.length > 0) say(`${counted(missing.length, 'image')} listed without a file: ${urls(missing)}`)
  if (sized.length > 0)
    say(
      `${counted(sized.length, 'image')} of another size than listed: ${some(
        sized.map(({ key, url, size }) => `${url} has ${blobs.get(key)} bytes, not ${size}`),
      )}`,
    )
  if (strangers.length > 0) say(`${counted(strangers.length, 'file')} that nothing lists: ${some(strangers)}`)
  if (halves.length > 0) say(`${counted(halves.length, 'half file')} that nothing lists: ${some(halves)}`)
  const wrong = objects.filter(({ key, sha256 }) => digests.has(key) && digests.get(key) !== sha256)
  if (wrong.length > 0)
    found.push(
      problem(
        `${counted(wrong.length, 'image')} whose bytes are not those that were stored: ${urls(wrong)}`,
        'evict it on the cache page, so that it is fetched again; look at the disk',
      ),
    )
  if (found.length > 0) return found
  const bytes = objects.reduce((sum, { size }) => sum + size, 0)
  return [
    ok(
      `${counted(objects.length, 'image')}, ${gibibytes(bytes)}${digests.size > 0 ? ', every digest right' : ''}`,
    ),
  ]
}

function urls(rows: readonly { url: string }[]): string {
  return some(rows.map(({ url }) => url))
}
