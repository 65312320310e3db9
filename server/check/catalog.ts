/** Checks of the catalog's rows and of what machines are bound to. Pure. */
import { imageRef } from '../../flasher/image/ref.ts'
import type { StateFacts } from '../store/inspect.ts'
import { counted, type Finding, reporter, some } from './finding.ts'

const { ok, advice, problem } = reporter('catalog')

export function checkCatalog({ catalog, unbound }: Pick<StateFacts, 'catalog' | 'unbound'>): Finding[] {
  const wrong = catalog.filter(({ ref, src }) => refOf(src) !== ref).map(({ src }) => src)
  const found: Finding[] = []
  if (wrong.length > 0)
    found.push(
      problem(
        `${counted(wrong.length, 'row')} whose ref is not that of its src: ${some(wrong)}`,
        'delete the entry and add it again, then bind its machines again',
      ),
    )
  if (unbound !== null)
    found.push(
      advice(
        `${counted(unbound.count, 'machine')} bound to an image that the catalog does not have: ${some(
          unbound.examples.map(({ row }) => row),
          unbound.count,
        )}`,
        'add the image again, or bind another one',
      ),
    )
  return wrong.length > 0 ? found : [ok(counted(catalog.length, 'image')), ...found]
}

function refOf(src: string): string | null {
  try {
    return imageRef(src)
  } catch {
    return null
  }
}
