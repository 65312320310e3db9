import { deepEqual, equal, match } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { cpioEntry, cpioOf } from './cpio.ts'

const EPOCH = 1_760_000_000
const dir = await mkdtemp(join(tmpdir(), 'bty-cpio-'))
after(() => rm(dir, { recursive: true, force: true }))

async function tree(name: string, order: string[], umask: number): Promise<string> {
  const before = process.umask(umask)
  try {
    const root = join(dir, name)
    for (const file of order) {
      await mkdir(join(root, file, '..'), { recursive: true })
      await writeFile(join(root, file), `text of ${file}`)
      await utimes(join(root, file), umask, umask)
    }
    await chmod(join(root, 'usr/b'), 0o700)
    await symlink('usr/b', join(root, 'link'))
    return root
  } finally {
    process.umask(before)
  }
}

const archive = async (root: string): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of cpioOf(root, EPOCH)) parts.push(part)
  return Buffer.concat(parts)
}

test('the order of making, the times and the umask do not matter', async () => {
  const one = await archive(await tree('one', ['usr/b', 'usr/a', 'etc/x'], 0o022))
  const two = await archive(await tree('two', ['etc/x', 'usr/a', 'usr/b'], 0o077))
  equal(one.equals(two), true)
})

test('cpio reads what was written: owner, modes, times, link', async () => {
  const root = await tree('three', ['usr/b', 'usr/a'], 0o022)
  const list = execFileSync('cpio', ['-tvn', '--quiet'], {
    input: await archive(root),
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  })
  const lines = list.trim().split('\n')
  deepEqual(
    lines.map((line) => line.split(/\s+/).slice(8).join(' ')),
    ['link -> usr/b', 'usr', 'usr/a', 'usr/b'],
  )
  match(lines[1]!, /^drwxr-xr-x +2 0 +0 /)
  match(lines[2]!, /^-rw-r--r-- +1 0 +0 +13 Oct +9 +2025 /)
  match(lines[3]!, /^-rwxr-xr-x /)
})

test('every part begins at a multiple of four bytes', () => {
  for (const name of ['a', 'ab', 'abc', 'abcd'])
    for (const length of [0, 1, 2, 3]) {
      const entry = { name, kind: 'file', executable: false, content: Buffer.alloc(length) } as const
      equal(cpioEntry(entry, 1, EPOCH).length % 4, 0, `${name} with ${length} bytes`)
    }
})
