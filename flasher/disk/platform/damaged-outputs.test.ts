import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { FlashError } from '../../errors.ts'
import { readRequest } from '../../helper/messages.ts'
import { APFS, PROFILE, SEALED, VBOX } from '../../testing/macos-outputs.ts'
import { CARD, DESKTOP, MEMBERS } from '../../testing/windows-outputs.ts'
import { parseLsblk } from '../lsblk.ts'
import { parseWipefs } from '../signatures.ts'
import { parseMountinfo, parseSwaps } from '../use/facts.ts'
import { macosPlatform } from './macos.ts'
import { windowsPlatform } from './windows.ts'

const SEED = Number(process.env['BTY_FUZZ_SEED'] ?? 20_261_125)
const ROUNDS = Number(process.env['BTY_FUZZ_ROUNDS'] ?? 300)

/** Numbers from 0 to below `limit` that are the same for the same seed (xorshift). */
function randomNumbers(seed: number): (limit: number) => number {
  let x = seed | 1
  return (limit) => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % limit
  }
}

/** A text with some characters replaced, cut out, doubled, or its end missing. */
function damaged(text: string, random: (limit: number) => number): string {
  let result = text
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(result.length + 1)
    const to = Math.min(result.length, at + random(40))
    const kinds = [
      () => result.slice(0, at) + String.fromCharCode(32 + random(95)) + result.slice(at + 1),
      () => result.slice(0, at) + result.slice(to),
      () => result.slice(0, to) + result.slice(at),
      () => result.slice(0, at),
    ]
    result = kinds[random(kinds.length)]!()
  }
  return result
}

/** Either a value, or a FlashError that says what is wrong. */
async function answersOrRefuses(list: () => unknown): Promise<void> {
  try {
    await list()
  } catch (error) {
    ok(error instanceof FlashError, `${String(error)} for seed ${SEED}`)
    equal(error.code, 'device')
  }
}

const macs = { VBOX, APFS, SEALED }
for (const [name, { list, info }] of Object.entries(macs))
  test(`damaged outputs of diskutil (${name}) give a list or an error`, async () => {
    const random = randomNumbers(SEED)
    for (let round = 0; round < ROUNDS; round++) {
      const maybe = (text: string) => (random(2) === 0 ? text : damaged(text, random))
      const platform = macosPlatform(
        async (command, args) => ({
          code: 0,
          stdout: maybe(
            command !== 'diskutil' ? PROFILE : args[0] === 'list' ? list : (info[args[2]!] ?? ''),
          ),
          stderr: '',
        }),
        { listDrives: async () => null },
      )
      await answersOrRefuses(() => platform.list())
    }
  })

for (const [name, listing] of Object.entries({ DESKTOP, CARD, MEMBERS }))
  test(`damaged outputs of Get-Disk (${name}) give a list or an error`, async () => {
    const random = randomNumbers(SEED)
    for (let round = 0; round < ROUNDS; round++) {
      const stdout = damaged(listing, random)
      const platform = windowsPlatform(async () => ({ code: 0, stdout, stderr: '' }), {
        listDrives: async () => null,
      })
      await answersOrRefuses(() => platform.list())
    }
  })

const LSBLK = JSON.stringify({
  blockdevices: [
    {
      name: 'sda',
      path: '/dev/sda',
      size: 4096,
      type: 'disk',
      mountpoints: [null],
      'maj:min': '8:0',
      children: [{ name: 'sda1', type: 'part', fstype: 'ext4' }],
    },
  ],
})
const WIPEFS = '{"signatures":[{"device":"sda","offset":"0x0","type":"gpt","uuid":null,"label":null}]}'
const MOUNTINFO = '27 1 254:0 / /a\\040b rw,relatime shared:1 - ext4 /dev/vda rw,discard\n'
const PLAN = JSON.stringify({
  id: 1,
  method: 'flash',
  plan: {
    src: 'http://h/a.img',
    format: null,
    sha256: null,
    targets: [{ path: '/dev/sda', serial: 'S', sizeBytes: 1 }],
  },
})

test('damaged outputs of Linux tools and requests give a value or a refusal', async () => {
  const random = randomNumbers(SEED)
  for (let round = 0; round < ROUNDS * 5; round++) {
    await answersOrRefuses(() => parseLsblk(damaged(LSBLK, random)))
    parseWipefs(damaged(WIPEFS, random))
    parseMountinfo(damaged(MOUNTINFO, random))
    parseSwaps(damaged('Filename\n/dev/a\\040b partition 1\n', random))
    readRequest(damaged(PLAN, random))
  }
})
