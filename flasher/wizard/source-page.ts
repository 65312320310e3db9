import { framePage } from './frame.ts'
import type { Page } from './frame.ts'
import type { Look } from './look.ts'
import { DEFAULT_CATALOG } from './state.ts'
import type { Setting, State } from './state.ts'
import { clean, wrap } from './text.ts'

/** Screen 1: where the images come from. */
export function sourcePage(state: State, setting: Setting, look: Look): Page {
  return framePage(state, setting, look, {
    at: 'source',
    title: 'Image source',
    top: [
      ['bold', 'Where do the images come from?'],
      '',
      ...option('default', DEFAULT_CATALOG, look),
      ...option('custom', 'a catalog.toml of your own: a path or an address', look),
      ...option('local', `only what lies in ${setting.imageRoot}`, look),
    ],
    keys: [
      ['d', 'default'],
      ['c', 'custom'],
      ['l', 'local'],
      ['q', 'quit'],
    ],
  })
}

function option(name: string, text: string, look: Look): string[] {
  return wrap(`  ${name.padEnd(9)}${clean(text, look)}`, look.width, ' '.repeat(11))
}

/** The address of a catalog is typed here. */
export function customPage(state: State, setting: Setting, look: Look): Page {
  return framePage(state, setting, look, {
    at: 'custom',
    title: 'Catalog',
    top: [
      ['bold', 'Type the address of a catalog.'],
      '',
      ...wrap(`  now: ${clean(state.catalog ?? 'local only', look)}`, look.width, '  '),
      '',
      ...[
        '  /path/to/catalog.toml',
        '  http://host/catalog.toml, https://...',
        '  oras://registry/name:tag',
      ].flatMap((text) => wrap(text, look.width, '  ')),
    ],
    keys: [
      ['Enter', 'local only'],
      ['q', 'keep the one of now'],
    ],
  })
}
