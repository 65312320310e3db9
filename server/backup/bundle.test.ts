import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { BundleError, bundleText, type Hardware, parseBundle } from './bundle.ts'

const HEAD = { exportedAt: '2026-11-24T00:00:00.000000+00:00', version: '0.1.0' }
const AT = '2026-11-21T00:11:40.776535+00:00'
const bare: Hardware = {
  mac: '02:00:00:00:00:01',
  known_disks: null,
  known_disks_at: null,
  hw_lshw: null,
  hw_lshw_at: null,
}
const full: Hardware = {
  mac: '02:00:00:00:00:02',
  known_disks: '[{"path":"/dev/sda","serial":"S\\n1"}]',
  known_disks_at: AT,
  hw_lshw: '{"id":"x","children":[]}',
  hw_lshw_at: AT,
}
const text = (machines: Hardware[]) => [...bundleText(HEAD, machines)].join('')

test('a bundle has exactly these bytes', () => {
  equal(
    text([bare, full]),
    `{
  "bty_export_version": 3,
  "exported_at": "2026-11-24T00:00:00.000000+00:00",
  "exported_by_bty_version": "0.1.0",
  "machines": [
    {
      "mac": "02:00:00:00:00:01",
      "known_disks": null,
      "known_disks_at": null,
      "hw_lshw": null,
      "hw_lshw_at": null
    },
    {
      "mac": "02:00:00:00:00:02",
      "known_disks": [
        {
          "path": "/dev/sda",
          "serial": "S\\n1"
        }
      ],
      "known_disks_at": "2026-11-21T00:11:40.776535+00:00",
      "hw_lshw": {
        "id": "x",
        "children": []
      },
      "hw_lshw_at": "2026-11-21T00:11:40.776535+00:00"
    }
  ]
}
`,
  )
})

for (const machines of [[], [bare], [bare, full]])
  test(`${machines.length} machines come back as they went, in the layout of one JSON text`, () => {
    deepEqual(parseBundle(text(machines)), machines)
    equal(text(machines), `${JSON.stringify(JSON.parse(text(machines)), null, 2)}\n`)
  })

const malformed: [column: 'known_disks' | 'hw_lshw', stored: string][] = [
  ['known_disks', '[{'],
  ['known_disks', '{"path":"/dev/sda"}'],
  ['hw_lshw', ''],
  ['hw_lshw', '"text"'],
  ['hw_lshw', '7'],
]
for (const [column, stored] of malformed)
  test(`${column} stored as ${JSON.stringify(stored)} travels as null`, () => {
    const { machines } = JSON.parse(text([{ ...full, [column]: stored }])) as { machines: Hardware[] }
    equal(machines[0]![column], null)
  })

const bundle = (change: object) => JSON.stringify({ bty_export_version: 3, machines: [], ...change })
const refused: [what: string, text: string, says: RegExp][] = [
  ['no JSON', '{', /not JSON/],
  ['no object', 'null', /version none found, 3 expected/],
  ['no version', '{}', /version none found, 3 expected/],
  ['version 1', bundle({ bty_export_version: 1 }), /version 1 found, 3 expected/],
  ['version 2', bundle({ bty_export_version: 2 }), /version 2 found, 3 expected/],
  ['version "3"', bundle({ bty_export_version: '3' }), /version "3" found, 3 expected/],
  ['no machines', '{"bty_export_version":3}', /machines: /],
  ['a bad MAC', bundle({ machines: [{ mac: 'x' }] }), /machines\.0\.mac: 'x' is no MAC/],
  ['a MAC twice', bundle({ machines: [{ mac: bare.mac }, { mac: bare.mac }] }), /listed twice/],
  ['disks of numbers', bundle({ machines: [{ mac: bare.mac, known_disks: [1] }] }), /known_disks/],
  ['lshw of a number', bundle({ machines: [{ mac: bare.mac, hw_lshw: 1 }] }), /hw_lshw/],
  ['a time that is none', bundle({ machines: [{ mac: bare.mac, hw_lshw_at: 'now' }] }), /ISO 8601/],
]
for (const [what, input, says] of refused)
  test(`a bundle with ${what} is refused`, () =>
    throws(
      () => parseBundle(input),
      (error: Error) => error instanceof BundleError && says.test(error.message),
    ))

test('a string in a hardware column is stored text, taken as it is', () => {
  const [machine] = parseBundle(
    bundle({ machines: [{ mac: 'AA-BB-CC-DD-EE-FF', known_disks: '[{', hw_lshw: '{}' }] }),
  )
  deepEqual([machine!.mac, machine!.known_disks, machine!.hw_lshw], ['aa:bb:cc:dd:ee:ff', '[{', '{}'])
})
