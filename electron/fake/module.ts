/**
 * The fake as the module `electron` of a process that a test forked. What happens is sent to the parent, and the parent
 * sends what the operator does.
 */
import { fakeElectron, type FakeWindow } from './electron.ts'

export type Seen =
  | { seen: 'page'; url: string; status: number; body: string }
  | { seen: 'front' }
  | { seen: 'box'; title: string; text: string }
  | { seen: 'exit'; code: number }
export type Does = 'close' | 'quit' | 'second-instance'

const fake = fakeElectron({ first: process.env['FAKE_ELECTRON_SECOND'] !== '1' })
const tell = (seen: Seen) => process.send?.(seen)

fake.opened.on('window', (window: FakeWindow) => {
  window.webContents.on('did-finish-load', () => {
    const { url, status, body } = window.webContents
    tell({ seen: 'page', url, status, body })
  })
})
const { dialog } = fake.electron
dialog.showErrorBox = (title, text) => void tell({ seen: 'box', title, text })
fake.app.on('quit', (_event, code: number) => {
  // As Electron: the process ends here, whatever is still open.
  process.send?.({ seen: 'exit', code } satisfies Seen, () => process.exit(code))
})

process.on('message', (does: Does) => {
  const [window] = fake.windows
  if (does === 'quit') fake.app.quit()
  if (does === 'close') window?.close()
  if (does === 'second-instance') {
    fake.app.emit('second-instance')
    if (window?.focused === true) tell({ seen: 'front' })
  }
})

export const { app, BrowserWindow, ipcMain, Menu, session, shell } = fake.electron
export { dialog }
