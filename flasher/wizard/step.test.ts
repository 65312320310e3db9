import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { Disk } from '../disk/list.ts'
import { readChoice } from './choice.ts'
import { matching, mergeImages, notFlashable } from './images.ts'
import type { ListedImage } from './images.ts'
import { textOf } from './line.ts'
import { DEFAULT_CATALOG, firstState } from './state.ts'
import type { State } from './state.ts'
import { step } from './step.ts'
import { aDisk, anImage } from './testing.ts'

const images: ListedImage[] = [
  anImage({ name: 'a.img' }),
  anImage({ name: 'Debian 13', source: 'remote', description: 'headless', arch: 'x86_64' }),
  anImage({ name: 'bundle', format: 'tar.gz', source: 'remote' }),
]
const disks: Disk[] = [
  aDisk('/dev/sda'),
  { ...aDisk('/dev/sdb', ['is in use: /mnt']), mounts: ['/mnt'] },
  aDisk('/dev/sdc'),
]
const at = (screen: State['screen'], more: Partial<State> = {}): State => ({
  ...firstState({ catalog: 'http://h/C.toml', screen: 'images' }),
  images,
  disks,
  ...(screen === 'images' || screen === 'source' ? {} : { image: images[0]! }),
  ...(screen === 'confirm' || screen === 'done' ? { targets: [disks[0]!] } : {}),
  ...(screen === 'confirm'
    ? { check: { storedBytes: 1, expandedBytes: 1, format: 'img', blockMap: null, problems: [] } }
    : {}),
  screen,
  ...more,
})
const rejected = {
  check: { storedBytes: 1, expandedBytes: 1, format: null, blockMap: null, problems: ['no'] },
}

const keys: [
  from: State['screen'],
  answers: string,
  to: State['screen'],
  effect: string,
  more?: Partial<State>,
][] = [
  ['source', 'd default D', 'images', 'load'],
  ['source', 'l local', 'images', 'load'],
  ['source', 'c Custom', 'custom', 'none'],
  ['source', 'q quit', 'source', 'leave'],
  ['custom', 'q quit', 'images', 'load'],
  ['custom', '/path/Cat.TOML', 'images', 'load'],
  ['images', '1 2', 'disks', 'list'],
  ['images', 'r refresh', 'images', 'load'],
  ['images', 'b back B', 'source', 'none'],
  ['images', 'q quit', 'images', 'leave'],
  ['disks', '1 3 1,3', 'confirm', 'check'],
  ['disks', 'r refresh', 'disks', 'list'],
  ['disks', 'b back esc', 'images', 'load'],
  ['disks', 'q quit', 'disks', 'leave'],
  ['confirm', 'y yes Y', 'confirm', 'flash'],
  ['confirm', 'b back n no', 'disks', 'list'],
  ['confirm', 'q quit', 'confirm', 'leave'],
  ['confirm', 'y yes b x 1', 'disks', 'list', rejected],
  ['confirm', 'y', 'disks', 'list', { check: null }],
  ['confirm', 'q quit', 'confirm', 'leave', rejected],
  ['done', 'y yes r reboot', 'done', 'reboot'],
  ['done', 'n no q quit', 'done', 'leave'],
  ['done', 'b back', 'disks', 'list'],
]
for (const [from, answers, to, effect, more] of keys)
  for (const answer of answers.split(' '))
    test(`${from}${more === undefined ? '' : ' (rejected)'}: ${answer} leads to ${to}, ${effect}`, () => {
      const next = step(at(from, more), answer, 1)
      deepEqual([next.state.screen, next.effect, next.state.notice], [to, effect, null])
    })

const empties: [from: State['screen'], to: State['screen'], effect: string][] = [
  ['custom', 'images', 'load'],
  ['images', 'images', 'load'],
  ['disks', 'disks', 'list'],
  ['confirm', 'disks', 'list'],
  ['done', 'done', 'reboot'],
]
for (const [from, to, effect] of empties)
  test(`${from}: Enter alone leads to ${to}, ${effect}`, () => {
    const next = step(at(from), '', 1)
    deepEqual([next.state.screen, next.effect], [to, effect])
  })

for (const from of ['source', 'images', 'disks', 'confirm', 'done'] as const)
  test(`${from}: the end of input leaves`, () => equal(step(at(from), null, 1).effect, 'leave'))

const strange: [from: State['screen'], answer: string, said: RegExp, more?: Partial<State>][] = [
  ['source', '', /none of the keys/],
  ['source', 'x', /"x" is none of the keys/],
  ['images', '4', /4 is not in the list; choose from 1\.\.3/],
  ['images', '0', /choose from 1\.\.3/],
  ['images', '1,2', /not a number/],
  ['images', 'zwei', /"zwei" is not a number; choose from 1\.\.3/],
  ['images', '1', /There are no images: .*image root/, { images: [] }],
  ['images', '3', /bundle is a tar archive/],
  ['images', '/nothing such', /No image matches "nothing such"/],
  ['disks', '9', /9 is not in the list; choose from 1\.\.3/],
  ['disks', 'sda', /"sda" is not a number/],
  ['disks', '1', /There are no disks: attach/, { disks: [] }],
  ['disks', '2', /\/dev\/sdb cannot be flashed: it is in use: \/mnt/],
  ['disks', '1-2', /\/dev\/sdb cannot be flashed/],
  ['disks', 'u 1', /Nothing on \/dev\/sda is mounted/],
  ['disks', 'u 9', /choose from 1\.\.3/],
  [
    'disks',
    'u 1',
    /holds the running system; it stays mounted/,
    { disks: [{ ...disks[1]!, isSystem: true }] },
  ],
  ['confirm', 'yep', /Nothing has been written/],
  ['done', 'x', /none of the keys/],
]
for (const [from, answer, said, more] of strange)
  test(`${from}: ${JSON.stringify(answer)} is explained, then comes the same screen`, () => {
    const told = step(at(from, more), answer, 1)
    match(told.state.notice!.lines.map(textOf).join(' '), said)
    deepEqual([told.state.screen, told.effect], [from, 'none'])
    const again = step(told.state, '', 1)
    deepEqual([again.state.screen, again.state.notice, again.effect], [from, null, 'none'])
  })

test('a typed address keeps its letters, and q keeps the address', () => {
  equal(step(at('custom'), ' http://h/Cat.TOML ', 1).state.catalog, 'http://h/Cat.TOML')
  equal(step(at('custom'), 'Q', 1).state.catalog, 'http://h/C.toml')
  equal(step(at('custom'), null, 1).state.catalog, 'http://h/C.toml')
  equal(step(at('custom'), '', 1).state.catalog, null)
  equal(step(at('source'), 'd', 1).state.catalog, DEFAULT_CATALOG)
  equal(step(at('images'), 'b', 1).state.catalog, 'http://h/C.toml')
})

test('another disk with the same image: the image stays, the disk is forgotten', () => {
  const { state } = step(at('done'), 'b', 1)
  deepEqual([state.image?.name, state.targets], ['a.img', []])
})

test('a disk is unmounted only by its number', () => {
  const { state, effect } = step(at('disks'), 'u 2', 1)
  deepEqual([effect, state.targets[0]!.path], ['unmount', '/dev/sdb'])
})

test('a search narrows the list and begins at its first page; / shows all', () => {
  const found = step(at('images', { page: 3 }), '/DEB head', 4).state
  deepEqual([found.filter, found.page, matching(images, found.filter)], ['DEB head', 0, [1]])
  equal(step(found, '/', 1).state.filter, '')
  equal(step(found, '1', 1).state.image?.name, 'a.img', 'numbers are those of the whole list')
})

test('pages are turned no further than the list goes', () => {
  const turned = (page: number, key: string) => step(at('images', { page }), key, 3).state.page
  deepEqual([turned(0, 'n'), turned(2, 'n'), turned(2, 'p'), turned(0, 'p')], [1, 2, 1, 0])
})

const choices: [answer: string, several: boolean, result: object][] = [
  ['2', false, { chosen: [1] }],
  ['1,3', true, { chosen: [0, 2] }],
  ['3 , 1', true, { chosen: [2, 0] }],
  ['2-4', true, { chosen: [1, 2, 3] }],
  ['1-2,2', true, { chosen: [0, 1] }],
  ['1,', true, { problem: 'not-a-number' }],
  ['1,3', false, { problem: 'not-a-number' }],
  ['3-2', true, { problem: 'range' }],
  ['1-5', true, { problem: 'range' }],
  ['1234567', true, { problem: 'not-a-number' }],
]
for (const [answer, several, result] of choices)
  test(`choice ${JSON.stringify(answer)} of 4${several ? ', several' : ''}`, () =>
    deepEqual(readChoice(answer, 4, several), result))

test('local rows come first, and an address comes once', () => {
  const remote = (name: string, ref: string | null) => ({ ...anImage({ name }), ref })
  const merged = mergeImages(
    [anImage({ name: 'l' })],
    [remote('a', 'r1'), remote('b', 'r2')],
    [remote('c', 'r1'), remote('d', null), remote('e', null)],
  )
  deepEqual(
    merged.map(({ name, source }) => `${name} ${source}`),
    ['l local', 'a remote', 'b remote', 'd remote', 'e remote'],
  )
})

test('a tar archive is told by its name and by its format', () => {
  for (const image of [
    { src: 'http://h/a.tar.gz?x=1', format: null },
    { src: 'oras://h/a:1', format: 'tar.gz' },
  ])
    ok(notFlashable(image) !== null)
  equal(notFlashable({ src: '/a.img.gz', format: 'img.gz' }), null)
})
