import { deepEqual } from 'node:assert/strict'
import test from 'node:test'
import { droppedFile } from './dropped.ts'

const kinds: [names: string[], kind: 'catalog' | 'image' | 'several' | 'other'][] = [
  [['catalog.toml'], 'catalog'],
  [['BENCH.TML'], 'catalog'],
  [['debian.img'], 'image'],
  [['debian.img.zst'], 'image'],
  [['Windows.ISO'], 'image'],
  [['vm.qcow2'], 'image'],
  [['disk.gz'], 'image'],
  [['files.tar.gz'], 'other'],
  [['files.tgz'], 'other'],
  [['notes.txt'], 'other'],
  [['folder'], 'other'],
  [['a.img', 'b.img'], 'several'],
  [[], 'other'],
]
for (const [names, kind] of kinds)
  test(`${names.join(' and ') || 'nothing'}: ${kind}`, () =>
    deepEqual(
      droppedFile(names),
      kind === 'several' || kind === 'other' ? { kind: 'none', why: kind } : { kind, index: 0 },
    ))
