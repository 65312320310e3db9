import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { grubConfig, kernelLine } from './grub-config.ts'

const identity = { id: '0123456789abcdef', signature: '1abc2345' }

test('the kernel line has every token of the USB medium, the serial console last', () => {
  const tokens = kernelLine('1.2.3', identity).split(' ')
  for (const token of [
    ...['boot=live', 'components', 'noeject', 'plymouth.enable=0', 'nouveau.modeset=0'],
    ...['modprobe.blacklist=nouveau,rndis_host', 'systemd.gpt_auto=0'],
    ...['bty.version=1.2.3', 'bty.medium=1abc2345'],
  ])
    equal(tokens.includes(token), true, token)
  equal(tokens.filter((token) => token.startsWith('console=')).at(-1), 'console=ttyS0,115200')
})

test('GRUB finds its medium by a file of its own name, waits seconds and boots the first entry', () => {
  const config = grubConfig('1.2.3', identity)
  match(config, /^search --no-floppy --set=root --file \/boot\/bty-0123456789abcdef\n/)
  match(config, /set timeout=3\nset default=0\n/)
})

test('the netboot initrd stands last, because nothing can follow its old lz4', () => {
  for (const line of grubConfig('1.2.3', identity).match(/^ +initrd .*$/gm)!) match(line, / \/boot\/initrd$/)
})
