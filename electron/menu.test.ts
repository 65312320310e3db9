import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { MenuItemConstructorOptions } from 'electron'
import { CONSOLE_PAGES } from '../server/api/raw-routes.ts'
import { menuTemplate } from './menu.ts'

const flat = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])

for (const platform of ['linux', 'win32', 'darwin'] as const)
  test(`on ${platform}: every shortcut is there once, every page exists, and no developer tools`, () => {
    const went: string[] = []
    const none = () => undefined
    const actions = {
      openFile: none,
      go: (page: string) => went.push(page),
      copyDiagnostics: none,
      showLogs: none,
    }
    const items = flat(menuTemplate(platform, actions))
    const keys = items.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [String(accelerator)]))
    deepEqual(keys.length, new Set(keys).size)
    deepEqual([keys.includes('CmdOrCtrl+O'), keys.includes('CmdOrCtrl+,')], [true, true])
    for (const { click, role } of items) {
      ok(role !== 'toggleDevTools' && role !== 'viewMenu')
      ;(click as (() => void) | undefined)?.()
    }
    for (const page of went) ok((CONSOLE_PAGES as readonly string[]).includes(page), page)
    deepEqual(items.filter(({ role }) => role === 'quit').length, 1)
  })
