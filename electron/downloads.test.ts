import { equal, match } from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test, type TestContext } from 'node:test'
import { tempDir } from '../tests/harness/temp.ts'
import { askWhereToSave } from './downloads.ts'
import { FakeEvent, fakeElectron } from './fake/electron.ts'
import { openPreferences } from './preferences.ts'

const ORIGIN = 'http://127.0.0.1:8080'

/** A download as Electron tells of it. */
class Item extends EventEmitter {
  options: { defaultPath?: string } = {}
  savePath = ''
  private readonly chain: string[]
  private readonly name: string
  constructor(chain: string[], name: string) {
    super()
    this.chain = chain
    this.name = name
  }
  getURL = () => this.chain.at(-1)!
  getURLChain = () => this.chain
  getFilename = () => this.name
  setSaveDialogOptions = (options: { defaultPath?: string }) => (this.options = options)
  getSavePath = () => this.savePath
  getReceivedBytes = () => 10
  getTotalBytes = () => 100
}

function bench(t: TestContext) {
  const fake = fakeElectron()
  const file = `${tempDir(t)}/shell.json`
  fake.electron.app.getPath = (name) => `/home/anna/${name}`
  askWhereToSave(fake.electron, fake.session as never, ORIGIN, openPreferences(file))
  const download = (chain: string[], name = 'backup.json') => {
    const [event, item] = [new FakeEvent(), new Item(chain, name)]
    fake.session.emit('will-download', event, item)
    return { event, item }
  }
  return { ...fake, file, download }
}

test('the dialog begins in the folder of downloads, then where something was saved last', (t) => {
  const { download, file } = bench(t)
  const { item } = download([`${ORIGIN}/ui/backups/1/download`])
  equal(item.options.defaultPath, '/home/anna/downloads/backup.json')
  item.savePath = '/srv/bench/backup.json'
  item.emit('done', {}, 'completed')
  equal(download([`${ORIGIN}/x`], 'b.json').item.options.defaultPath, '/srv/bench/b.json')
  equal(openPreferences(file).current.saveFolder, '/srv/bench')
})

test('a name that leads to another folder leads nowhere', (t) => {
  const { download } = bench(t)
  equal(download([`${ORIGIN}/x`], '../../.bashrc').item.options.defaultPath, '/home/anna/downloads/.bashrc')
})

test('a download that was cancelled is no news, one that broke off is told', (t) => {
  const { download, boxes } = bench(t)
  download([`${ORIGIN}/x`]).item.emit('done', {}, 'cancelled')
  equal(boxes.length, 0)
  download([`${ORIGIN}/x`]).item.emit('done', {}, 'interrupted')
  equal(boxes[0]!.title, 'backup.json was not saved')
  match(boxes[0]!.text, /^10 of 100 bytes arrived/)
})

const places: [what: string, chain: string[], taken: boolean][] = [
  ['the console', [`${ORIGIN}/api/backups/full/1/download`], true],
  ['what the page has made itself', [`blob:${ORIGIN}/7f0e`], true],
  ['another server', ['https://example.org/x.exe'], false],
  ['the console by way of another server', ['https://example.org/x', `${ORIGIN}/x`], false],
  ['another server by way of the console', [`${ORIGIN}/x`, 'https://example.org/x'], false],
  ['a page of another server', ['blob:https://example.org/7f0e'], false],
  ['a file of this laptop', ['file:///etc/shadow'], false],
]
for (const [what, chain, taken] of places)
  test(`a file of ${what} is ${taken ? 'saved' : 'refused'}`, (t) =>
    equal(bench(t).download(chain).event.defaultPrevented, !taken))
