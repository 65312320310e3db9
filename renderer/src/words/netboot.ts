/** Words of what happens on the wire. */
import { bytes } from '../format.ts'

export const netbootWords = {
  title: 'Netboot',
  question: (name: string, network: string) => `May bty answer PXE clients on ${network} (${name})?`,
  questionText:
    'It tells network-booting machines where to find their boot file. It never hands out addresses, and your DHCP server stays as it is.',
  yes: 'Yes, answer here',
  no: 'No, stay silent',
  answered: { on: 'bty answers PXE clients on this network.', off: 'bty stays silent on this network.' },
  lowPorts: {
    title: 'Network boot needs UDP ports 67 and 69',
    helper:
      'The helper of this console can open them: you are asked for an administrator’s password once, and the ports are given back when the console ends.',
    elsewhere: 'They are allowed on the Netboot page of the laptop itself.',
    noHelper: 'Nothing on this laptop can ask for an administrator’s password here.',
    command: (from: number) =>
      `Or, in a terminal: this opens all ports from ${from} on to every program of the laptop, until it restarts. The console notices within seconds.`,
    allow: 'Allow low ports',
    asking: 'Waiting for the password …',
    asked: 'Answer the question for the password; network boot starts by itself then.',
  },
  services: 'Services',
  tftp: 'TFTP',
  tftpAbout: 'hands iPXE to PXE firmware',
  proxy: 'ProxyDHCP',
  proxyAbout: 'tells firmware what to boot',
  http: 'HTTP',
  httpAbout: 'boot scripts, live system and images',
  state: { on: 'On', off: 'Off', blocked: 'Blocked' },
  port: (ports: number[]) => `UDP ${ports.join(', ')}`,
  interfaces: 'Networks',
  interfaceColumns: {
    name: 'Interface',
    address: 'Address',
    network: 'Network',
    kind: 'Kind',
    proxy: 'Answer PXE clients',
  },
  kinds: { ethernet: 'Ethernet', wifi: 'Wi-Fi', virtual: 'virtual', vpn: 'VPN', loopback: 'loopback' },
  noInterfaces:
    'No network interface with a private IPv4 address. Connect the laptop to the network of the machines.',
  proxyAnswers: { on: 'Yes', off: 'No', ask: 'Not asked yet' },
  answerFor: (network: string) => `Answer PXE clients on ${network}`,
  files: 'Boot files',
  version: (version: string) => `live system v${version}`,
  fileColumns: { name: 'File', state: 'State', size: 'Size', sha: 'SHA-256', at: 'Written' },
  present: 'present',
  missing: 'missing',
  builtFound: (version: string, size: number) =>
    `A live system v${version} (${bytes(size)}) was built on this laptop.`,
  install: 'Install it',
  installing: 'Installing …',
  installed: 'The live system is installed. Machines can boot now.',
  installDesk:
    'Installing works only in a session opened on this laptop: open the console through the address that it printed at its start.',
  noMedia:
    'Machines have nothing to boot yet. Build the live system on this laptop (Debian 12 or 13, about two minutes), then come back here:',
  noMediaCommand: 'npm run media -- netboot-pc',
  clients: 'Heard on the wire',
  clientColumns: { mac: 'MAC', firmware: 'Firmware', last: 'Last step', at: 'When' },
  noClients: 'No network boot has been heard since the console was started.',
  sheet: 'DHCP cheat sheet',
  sheetText:
    'Only for those who would rather set options on their own DHCP server. With ProxyDHCP on, none of this is needed.',
  sheetA: 'A. PXE over TFTP',
  sheetB: 'B. UEFI HTTP Boot',
  sheetColumns: { option: 'Option', value: 'Value' },
  copyValue: (value: string) => `Copy ${value}`,
}
