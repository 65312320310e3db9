import { framePage } from './frame.ts'
import type { Page } from './frame.ts'
import { matching, notFlashable } from './images.ts'
import type { ListedImage } from './images.ts'
import type { Line } from './line.ts'
import type { Look } from './look.ts'
import { pageOf } from './pager.ts'
import type { Setting, State } from './state.ts'
import { table } from './table.ts'
import type { Column, Row, Table } from './table.ts'
import { clean, cut, wrap } from './text.ts'
import { mebibytes } from './words.ts'

const COLUMNS: readonly Column[] = [
  { title: '#', align: 'right' },
  { title: 'Name', least: 16 },
  { title: 'Format', drop: 3 },
  { title: 'Arch', drop: 2 },
  { title: 'Size', align: 'right', drop: 4 },
  { title: 'Source', drop: 1 },
]
/** Lines of a full screen that are not rows of the list. */
const AROUND = 13

/** Screen 2. Rows keep their number while they are searched and turned over. */
export function imagesPage(state: State, setting: Setting, look: Look): Page {
  const { images, filter } = state
  const numbers = matching(images, filter)
  const full = imageTable(images, numbers, true, look)
  const fits = pageOf(full.blocks, look.height - AROUND, 0).pages === 1
  const { head, blocks } = fits ? full : imageTable(images, numbers, false, look)
  return framePage(state, setting, look, {
    at: 'images',
    title: 'Image',
    ...(images.length === 0
      ? { top: noImages(setting, look) }
      : { top: [head], blocks, count: (where) => countOf(numbers.length, state, where, look) }),
    keys: [
      ...(images.length === 0
        ? []
        : ([
            ['number', 'choose'],
            ['/text', 'search'],
          ] as const)),
      ['r', 'refresh'],
      ['b', 'back'],
      ['q', 'quit'],
    ],
  })
}

/** The images of these numbers, from 0; each may have its description below it. */
export function imageTable(
  images: readonly ListedImage[],
  numbers: readonly number[],
  described: boolean,
  look: Look,
): Table {
  const rows = numbers.map((i) => rowOf(images[i]!, i + 1, described, look))
  return table(COLUMNS, rows, look.width)
}

function rowOf(image: ListedImage, number: number, described: boolean, look: Look): Row {
  const { name, format, arch, sizeBytes, source, description } = image
  const refusal = notFlashable(image)
  const notes: Line[] = [
    ...(described && description ? [['dim', cut(clean(description, look), look.width - 5)] as const] : []),
    ...(refusal === null ? [] : [['yellow', `not possible: ${refusal}`] as const]),
  ]
  const texts = [String(number), name, format ?? '?', arch ?? '?', mebibytes(sizeBytes), source]
  return { cells: texts.map((text) => clean(text, look)), notes }
}

function countOf(count: number, { images, filter }: State, where: string, look: Look): Line {
  const searched = filter === '' ? '' : ` match "${filter}" (/ shows all)`
  const some = filter === '' ? `${images.length} images` : `${count} of ${images.length}${searched}`
  return ['dim', cut(clean([some, where].filter(Boolean).join(', '), look), look.width)]
}

function noImages({ imageRoot }: Setting, look: Look): Line[] {
  const texts = [
    `There are no images in ${imageRoot}, and none in the catalog.`,
    'Copy images (.img, .img.gz, .img.zst ...) into that directory and press r,',
    'or press b and choose a catalog.',
  ]
  return texts.flatMap((text) => wrap(clean(text, look), look.width)).map((text) => ['yellow', text] as const)
}
