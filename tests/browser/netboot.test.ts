import { deepEqual, equal } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { VERSION } from '../../server/version.ts'
import { type ConsoleServer, launchBrowser, startConsole, visit } from './console.ts'

/** A small trio with a true manifest, as the builder leaves it. */
function builtTrio(): string {
  const dir = mkdtempSync(join(tmpdir(), 'bty-built-'))
  const name = (ending: string) => `bty-netboot-pc-x86_64-v${VERSION}.${ending}`
  const lines = ['vmlinuz', 'initrd', 'squashfs'].map((ending) => {
    writeFileSync(join(dir, name(ending)), ending.repeat(100))
    return `${createHash('sha256').update(ending.repeat(100)).digest('hex')}  ${name(ending)}\n`
  })
  writeFileSync(join(dir, name('sha256')), lines.join(''))
  return dir
}

const builtMedia = builtTrio()
let browser: Browser
let bare: ConsoleServer
let built: ConsoleServer
before(async () => {
  ;[browser, bare, built] = await Promise.all([launchBrowser(), startConsole(), startConsole({ builtMedia })])
})
after(async () => {
  await browser.close()
  await bare.close()
  await built.close()
  rmSync(builtMedia, { recursive: true, force: true })
})

test('without a live system the page tells the command that builds one', async () => {
  const { page, complaints } = await visit(browser, bare, {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await page.goto(`${bare.url}ui/netboot`)
  await page.getByText('Machines have nothing to boot yet.').waitFor()
  equal(await page.getByText('missing', { exact: true }).count(), 4)
  await page.getByRole('button', { name: 'Copy npm run media -- netboot-pc' }).click()
  await page.getByText('Copied').waitFor()
  equal(await page.evaluate('navigator.clipboard.readText()'), 'npm run media -- netboot-pc')
  deepEqual(complaints, [])
})

test('the cheat sheet names this server', async () => {
  const { page } = await visit(browser, bare)
  await page.goto(`${bare.url}ui/netboot`)
  const host = new URL(bare.url).host
  await page.getByText(`http://${host}/pxe-bootstrap.ipxe`).waitFor()
  await page.getByText(`http://${host}/boot/ipxe.efi`).waitFor()
})

test('a live system that was built here is installed with one press', async () => {
  const { page, complaints } = await visit(browser, built)
  await page.goto(`${built.url}ui/dashboard`)
  await page.getByRole('link', { name: /install live media/ }).click()
  await page.getByText(`A live system v${VERSION}`).waitFor()
  await page.getByRole('button', { name: 'Install it' }).click()
  await page.getByText('The live system is installed.').waitFor()
  equal(await page.getByText('present', { exact: true }).count(), 4)
  equal(await page.getByRole('button', { name: 'Install it' }).count(), 0)
  deepEqual(complaints, [])
})

test('a session that was not opened on this laptop cannot install', async () => {
  const other = mkdtempSync(join(tmpdir(), 'bty-other-'))
  const app = await startConsole({ builtMedia, dir: other })
  try {
    const { page } = await visit(browser, app, { signedIn: false })
    await page.goto(`${app.url}ui/login`)
    await page.getByLabel('Password').fill('bty-lab')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/ui/dashboard')
    await page.goto(`${app.url}ui/netboot`)
    await page.getByText('Installing works only in a session opened on this laptop').waitFor()
    equal(await page.getByRole('button', { name: 'Install it' }).isDisabled(), true)
  } finally {
    await app.close()
    rmSync(other, { recursive: true, force: true })
  }
})

test('the console asks once whether it may answer on a network, and keeps the answer', async () => {
  const app = await startConsole({ netboot: 'lo' })
  try {
    const { page, complaints } = await visit(browser, app)
    await page.goto(`${app.url}ui/netboot`)
    const question = page.getByRole('region', { name: 'May bty answer PXE clients on 127.0.0.0/8 (lo)?' })
    await question.waitFor()
    await page.getByRole('link', { name: /Netboot.*waits for your answer/ }).waitFor()
    await question.getByRole('button', { name: 'Yes, answer here' }).click()
    await page.getByText('bty answers PXE clients on this network.').waitFor()
    await question.waitFor({ state: 'detached' })
    const choice = page.getByRole('group', { name: 'Answer PXE clients on 127.0.0.0/8' })
    equal(await choice.getByRole('button', { name: 'Yes' }).getAttribute('aria-pressed'), 'true')
    await choice.getByRole('button', { name: 'No' }).click()
    await page.getByText('bty stays silent on this network.').waitFor()
    equal(app.server.deps.netboot.state().interfaces[0]!.proxy_dhcp, 'off')
    deepEqual(complaints, [])
  } finally {
    await app.close()
  }
})

test('a client is shown as soon as it is heard, before it ever comes to HTTP', async () => {
  const { page, complaints } = await visit(browser, bare)
  await page.goto(`${bare.url}ui/netboot`)
  await page.getByText('No network boot has been heard').waitFor()
  const mac = '52:54:00:03:00:01'
  bare.server.deps.trace.record(mac, 'dhcp-discover', 'DISCOVER from UEFI x86-64', {
    firmware: 'UEFI x86-64',
  })
  const row = page.getByRole('row').filter({ hasText: mac })
  await row.getByText('DISCOVER from UEFI x86-64').waitFor()
  deepEqual(complaints, [])
})

test('without the right to its ports the page says so, with the command where nobody can be asked', async () => {
  const locked = await startConsole({ helper: { problem: 'No program here can give rights.' } })
  const { page, complaints } = await visit(browser, locked)
  const detail = 'Ports 67 and 69 need a right: the reason.'
  const command = 'sudo sysctl net.ipv4.ip_unprivileged_port_start=67'
  const said = { state: 'needed', ports: [67, 69], detail, command, can_ask: false, problem: null }
  // Root may open every port; what a user's console says of itself is put into the answer of this one.
  await page.route('**/api/netboot', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...(await answer.json()), low_ports: said } })
  })
  await page.goto(`${locked.url}ui/netboot`)
  await page.getByRole('heading', { name: 'Network boot needs UDP ports 67 and 69' }).waitFor()
  await page.getByText(detail).waitFor()
  await page.getByRole('button', { name: `Copy ${command}` }).waitFor()
  equal(await page.getByRole('button', { name: 'Allow low ports' }).count(), 0)
  said.can_ask = true
  await page.getByRole('button', { name: 'Allow low ports' }).click()
  await page.getByText('No program here can give rights.').waitFor()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.context().close()
  await locked.close()
  deepEqual(
    complaints.filter((text) => !/503/.test(text)),
    [],
  )
})
