import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { bearerParameters, parseChallenge, type Challenge } from './challenge.ts'

const HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="x"'

const parameters: [header: string, found: Record<string, string>][] = [
  [HUB, { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'x' }],
  ['bearer realm="r"', { realm: 'r' }],
  ['BEARER  REALM="r" , Service="s"', { realm: 'r', service: 's' }],
  ['Basic realm="x"', {}],
  ['', {}],
  ['Bearer realm=unquoted', {}],
  ['Bearer', {}],
  ['Bearer realm="open', {}],
  ['Bearer realm="a",realm="b"', { realm: 'a' }],
  ['Basic realm="x", Bearer realm="r",service="s"', { realm: 'r', service: 's' }],
  ['Bearer scope="repository:a/b:pull,push",realm="r"', { scope: 'repository:a/b:pull,push', realm: 'r' }],
  [`Bearer realm="${'x'.repeat(100_000)}"`, {}],
]
for (const [header, found] of parameters)
  test(`finds ${Object.keys(found).join(', ') || 'nothing'} in ${header.slice(0, 60)}`, () =>
    deepEqual(bearerParameters(header), found))

const challenges: [header: string | undefined, challenge: Challenge | null][] = [
  [HUB, { scheme: 'bearer', realm: 'https://auth.docker.io/token', service: 'registry.docker.io' }],
  ['Bearer realm="r"', { scheme: 'bearer', realm: 'r', service: null }],
  ['Basic realm="x"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  ['Basic realm="x", Bearer realm="r"', { scheme: 'bearer', realm: 'r', service: null }],
  ['Bearer realm=""', null],
  ['Bearer service="s"', null],
  ['Negotiate', null],
  ['Basically realm="x"', null],
  ['', null],
  [undefined, null],
]
for (const [header, challenge] of challenges)
  test(`reads the challenge ${header}`, () => deepEqual(parseChallenge(header), challenge))
