import { deepEqual, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { parseOrasRef } from './oras.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

const accepted: [text: string, host: string, repository: string, tag: string | null][] = [
  ['oras://ghcr.io/safl/nosi/debian-13-headless:latest', 'ghcr.io', 'safl/nosi/debian-13-headless', 'latest'],
  ['oras://ghcr.io/safl/nosi:latest', 'ghcr.io', 'safl/nosi', 'latest'],
  [`oras://ghcr.io/safl/nosi/debian@${DIGEST}`, 'ghcr.io', 'safl/nosi/debian', null],
  ['oras://registry.example.com:5000/o/r:v1.2_3-x', 'registry.example.com:5000', 'o/r', 'v1.2_3-x'],
  ['oras://localhost:5000/o/r:t', 'localhost:5000', 'o/r', 't'],
  ['oras://10.0.0.5:5000/o/r:t', '10.0.0.5:5000', 'o/r', 't'],
  ['oras://GHCR.io/safl/nosi:Latest', 'GHCR.io', 'safl/nosi', 'Latest'],
  ['oras://ghcr.io/safl/nosi:-x', 'ghcr.io', 'safl/nosi', '-x'],
  [`oras://ghcr.io/safl/nosi:${'t'.repeat(200)}`, 'ghcr.io', 'safl/nosi', 't'.repeat(200)],
  ['oras://ghcr.io/safl//nosi:latest', 'ghcr.io', 'safl//nosi', 'latest'],
  ['oras://ghcr.io/safl/nosi/:latest', 'ghcr.io', 'safl/nosi/', 'latest'],
]
for (const [text, host, repository, tag] of accepted)
  test(`reads ${text}`, () =>
    deepEqual(parseOrasRef(text), { host, repository, tag, digest: tag === null ? DIGEST : null }))

const refused = [
  'oras://ghcr.io/safl/nosi:latest\n',
  'oras://ghcr.io/nosi:latest',
  'oras://ghcr.io/safl/nosi',
  'oras://ghcr.io/safl/nosi:',
  'oras://ghcr.io/Safl/nosi:latest',
  'oras://ghcr.io//safl/nosi:latest',
  'oras://ghcr.io/-safl/nosi:latest',
  `oras://ghcr.io/safl/nosi@sha256:${'A'.repeat(64)}`,
  'oras://ghcr.io/safl/nosi@sha256:abc',
  `oras://ghcr.io/safl/nosi@sha512:${'a'.repeat(128)}`,
  `oras://ghcr.io/safl/nosi:tag@${DIGEST}`,
  'oras://ghcr.io/safl/nosi:lat/est',
  'oras://ghcr.io/safl/nosi:latest ',
  'oras://-ghcr.io/o/r:t',
  'oras://[::1]:5000/o/r:t',
  'oras://u@ghcr.io/o/r:t',
  'oras://ghcr.io:/o/r:t',
  'oras://',
  'ORAS://ghcr.io/safl/nosi:latest',
  'https://ghcr.io/safl/nosi:latest',
  '',
]
for (const text of refused)
  test(`refuses ${JSON.stringify(text)}`, () => throws(() => parseOrasRef(text), { code: 'bad-oras' }))
