/**
 * The fake as the module `electron` of a process that a test forked. What happens is sent to the parent, and the parent
 * sends what the operator does.
 */
import { fakeElectron, type FakeWindow, itemOf } from './electron.ts'

export type Seen =
  | { seen: 'page'; url: string; status: number; body: string }
  | { seen: 'front' }
  | { seen: 'box'; title: string; text: string }
  | { seen: 'question'; message: string }
  | { seen: 'exit'; code: number }
export type Does = 'close' | 'quit' | 'second-instance' | 'fault' | 'diagnostics' | 'bty://netboot'

const fake = fakeElectron({
  first: process.env['FAKE_ELECTRON_SECOND'] !== '1',
  ...(process.env['FAKE_ELECTRON_DATA'] && { userData: process.env['FAKE_ELECTRON_DATA'] }),
  // Whoever closes the window in a test means to end the app.
  answer: ({ buttons }) => ({ button: buttons.find((label) => label.startsWith('Quit')) ?? buttons[0]! }),
})
const tell = (seen: Seen) => process.send?.(seen)

fake.opened.on('window', (window: FakeWindow) => {
  window.webContents.on('did-finish-load', () => {
    const { url, status, body } = window.webContents
    tell({ seen: 'page', url, status, body })
  })
})
fake.opened.on('question', ({ message }: { message: string }) => tell({ seen: 'question', message }))
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
  // What nobody catches, as from a worker.
  if (does === 'fault') {
    setImmediate(() => {
      throw new Error('a fault in a corner')
    })
    void Promise.reject(new Error('a promise nobody kept'))
  }
  if (does === 'diagnostics') {
    itemOf(fake.seen.menu, 'Copy diagnostics')!.click!()
    tell({ seen: 'box', title: 'clipboard', text: fake.seen.clipboard })
  }
  if (does.startsWith('bty:')) fake.app.emit('open-url', { preventDefault() {} }, does)
  if (does === 'second-instance') {
    fake.app.emit('second-instance', {}, ['bty-console'], '/')
    if (window?.focused === true) tell({ seen: 'front' })
  }
})

export const {
  app,
  BrowserWindow,
  clipboard,
  ipcMain,
  Menu,
  nativeImage,
  powerMonitor,
  powerSaveBlocker,
  screen,
  session,
  shell,
  Tray,
} = fake.electron
export { dialog }
