/** Every sentence the operator reads, except those that the server writes. */
import type { BootMode, Phase, TraceEntry } from '../../server/api/index.ts'
import { bytes, duration, rate } from './format.ts'

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`

export interface ModeWords {
  name: string
  /** One line for the select; what it means for the disk comes first. */
  about: string
}

const modes: Record<BootMode, ModeWords> = {
  'ipxe-exit': {
    name: 'Boot from disk',
    about: 'Nothing is written. The machine is sent on to its own disk.',
  },
  'bty-flash-always': {
    name: 'Flash every time',
    about:
      'Overwrites the target disk with the image, boots it once, and starts over at the next network boot.',
  },
  'bty-flash-once': {
    name: 'Flash once',
    about: 'Overwrites the target disk with the image one time. From then on the machine boots from disk.',
  },
  'bty-tui': {
    name: 'Ask at the machine',
    about: 'Starts the live system and lets the person in front of it choose image and disk.',
  },
  'bty-inventory': {
    name: 'Take inventory',
    about: 'Nothing is written. The machine reports its disks once, then boots from disk.',
  },
}

const phases: Record<Phase, string> = {
  inventory: 'Reporting disks',
  plan: 'Asking for its plan',
  download: 'Downloading',
  write: 'Writing',
  verify: 'Verifying',
  done: 'Flashed and verified',
  failed: 'Failed',
}

const steps: Record<TraceEntry['step'], string> = {
  'dhcp-discover': 'DHCP',
  'dhcp-offer': 'DHCP',
  'dhcp-ignored': 'DHCP',
  'dhcp-request': 'DHCP',
  'tftp-probe': 'TFTP',
  'tftp-read': 'TFTP',
  'tftp-done': 'TFTP',
  'tftp-missing': 'TFTP',
  'tftp-stalled': 'TFTP',
  'tftp-stopped': 'TFTP',
  'tftp-error': 'TFTP',
  'http-bootstrap': 'iPXE',
  'http-script': 'Script',
  'http-artifact': 'File',
  'http-missing': 'File',
  'http-cut': 'File',
  'http-plan': 'Plan',
  agent: 'Agent',
}

export const words = {
  product: 'bty console',
  nav: { dashboard: 'Overview', machines: 'Machines', images: 'Images', netboot: 'Netboot' },
  mainNav: 'Screens',
  skip: 'Skip to content',
  signOut: 'Sign out',
  loading: 'Loading …',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Not copied',
  never: 'never',
  none: 'none',

  live: {
    on: 'Live',
    connecting: 'Connecting',
    lost: 'Live lost',
    lostSince: (seconds: number) =>
      `The console stopped answering ${duration(seconds)} ago. What you see may be out of date; trying again by itself.`,
    retry: 'Try now',
    back: 'Live again.',
  },

  errors: {
    noAnswer: 'The console does not answer. Check that it is still running on this laptop.',
    signIn: 'Your session has ended. Sign in again.',
    status: (status: number) => `The server answered ${status} without saying why.`,
    request: 'the request',
    missing: 'is missing.',
    unknownField: 'is not a field that the server knows.',
    pattern: 'has a form that is not allowed.',
    tooMany: (actual: number, max: number) => `has ${actual} entries; at most ${max} are allowed.`,
    tooLong: (max: number) => `is longer than ${max} characters.`,
    broken: (text: string) => `The console made a mistake: ${text}. Reload the page to go on.`,
  },
  /** The contract's field names as the screens call them. */
  fields: {
    bty_image_ref: 'image',
    labels: 'label',
    boot_mode: 'boot mode',
    sanboot_drive: 'BIOS drive',
    target_disk_serial: 'target disk',
    image_url: 'image URL',
    sha_url: 'checksum URL',
    password: 'password',
    network: 'network',
    mac: 'MAC',
  } as Record<string, string>,

  modes,
  modeName: (mode: string) => modes[mode as BootMode]?.name ?? mode,
  phases,
  steps,
  meter: {
    percent: (value: number) => `${value} %`,
    rate,
    left: (seconds: number) => `${duration(seconds)} left`,
    silent: (seconds: number) => `no word for ${duration(seconds)}`,
    silentHint:
      'The agent reports twice a second. Check the power and the network cable of this machine, and its own screen.',
    written: (done: number, total: number | null) =>
      total === null ? `${bytes(done)} written` : `${bytes(done)} of ${bytes(total)} written`,
    read: (done: number, total: number | null) =>
      total === null ? `${bytes(done)} read` : `${bytes(done)} of ${bytes(total)} read`,
    label: (mac: string) => `Flash progress of ${mac}`,
  },

  login: {
    title: 'Sign in',
    password: 'Password',
    submit: 'Sign in',
    wrong: 'That is not the password. Try again.',
    defaultHint: 'No password has been set yet; it is',
    defaultWhy: 'Other computers see this console only after you set one with BTY_ADMIN_PASSWORD.',
  },

  dashboard: {
    title: 'Overview',
    ready: 'Ready for network boots',
    notReady: (count: number) => `${plural(count, 'thing')} to do before a machine can be flashed`,
    checks: {
      media: ['Live system installed', 'No live system is installed, so machines have nothing to boot.'],
      tftp: ['TFTP answers', 'TFTP is off, so firmware that boots over PXE finds no file.'],
      proxy: ['ProxyDHCP answers', 'ProxyDHCP is off; machines need DHCP options from your router instead.'],
      network: ['Network allowed', 'A network waits for your answer: may bty answer PXE clients there?'],
      image: ['Image on offer', 'The catalog is empty, so there is nothing to flash.'],
    },
    total: 'Machines',
    working: 'Working now',
    failed: 'Failed',
    unassigned: 'Without image',
    images: 'Images',
    lastSeen: 'Last seen',
    lastFlashed: 'Last flashed',
    now: 'Working now',
    events: 'Latest events',
    noEvents: 'Nothing has happened yet.',
  },

  machines: {
    title: 'Machines',
    count: (shown: number, total: number) => (shown === total ? `${total}` : `${shown} of ${total}`),
    search: 'Search MAC, label, image or IP',
    searchKey: 'Press / to search',
    filters: {
      all: 'All',
      working: 'Working',
      failed: 'Failed',
      waiting: 'Waiting',
      done: 'Done',
      unassigned: 'No image',
    },
    filterLabel: 'Show',
    columns: {
      mac: 'Machine',
      image: 'Image',
      mode: 'Boot mode',
      state: 'State',
      seen: 'Last seen',
      ip: 'IP',
    },
    sortBy: (column: string) => `Sort by ${column}`,
    noImage: 'no image',
    orphan: (ref: string) => `${ref.slice(0, 12)} (not in catalog)`,
    add: 'Add machine',
    addTitle: 'Add a machine by its MAC',
    addHint:
      'Any spelling will do: colons, hyphens, dots or none. The machine boots from disk until you change its boot mode.',
    addMac: 'MAC address',
    addSubmit: 'Add',
    addBad: (text: string) =>
      `“${text}” is not a MAC address. It has 12 hexadecimal digits, for example 52:54:00:12:34:56.`,
    addKnown: 'This machine is already here.',
    empty: 'No machine has reported yet',
    emptySteps: [
      'Connect the machine to this network and switch it on.',
      'Let it boot from the network: in its firmware setup enable PXE or HTTP Boot, or press F12 at power-on.',
      'It appears here within seconds, with its disks. Nothing is written to them until you say so.',
    ],
    emptyNetboot: 'Does it not appear? Netboot shows what was heard on the wire.',
    nothing: 'No machine matches.',
    more: (count: number) =>
      `${plural(count, 'more machine')} not listed here until they report again. Open one by adding its MAC.`,
    clear: 'Show all machines',
    showMore: (count: number) => `Show ${count} more`,
    idle: 'boots from disk',
    ask: 'asks at the machine',
    keys: 'Up and down move, Enter opens, / searches.',
  },

  machine: {
    back: 'Machines',
    unknown: (mac: string) =>
      `No machine ${mac} is known here. It may have been deleted; it comes back by itself when it boots from the network.`,
    heard:
      'Heard on the network, and not listed yet: a machine is listed as soon as it asks for its boot script.',
    nextBoot: 'Next network boot',
    identity: 'Machine',
    firstSeen: 'First seen',
    lastSeen: 'Last seen',
    lastFlashed: 'Last flashed',
    address: 'IP address',
    labels: 'Labels',
    added: 'Added',
    events: 'Timeline',
    assignment: 'What to do with it',
    mode: 'Boot mode',
    image: 'Image',
    imageNone: 'Choose an image',
    imageGone: (ref: string) => `${ref.slice(0, 12)} (no longer in the catalog)`,
    noImages: 'The catalog is empty.',
    addImages: 'Add an image first',
    disk: 'Target disk',
    diskNone: 'Choose a disk',
    diskHint: 'Everything on this disk is overwritten.',
    diskGone: (serial: string) => `${serial} (not in the last inventory)`,
    noDisks: 'No inventory yet. Let the machine boot from the network once in the mode “Take inventory”.',
    noSerial: 'no serial, so it cannot be told apart for certain',
    sameSerial: 'another disk has the same serial',
    readOnly: 'read-only',
    labelHint: 'Enter adds. Letters, digits, blank, dot, hyphen and underscore.',
    labelAdd: 'Add label',
    labelRemove: (label: string) => `Remove label ${label}`,
    labelBad: (label: string) =>
      `“${label}” cannot be a label: start with a letter or digit, then letters, digits, blanks, dots, hyphens, underscores, 64 at most.`,
    labelMany: 'A machine has at most 16 labels.',
    advanced: 'Advanced',
    drive: 'BIOS drive to boot',
    driveHint: 'For legacy BIOS only. 0x80 is the first disk and the default.',
    driveBad: 'Write it as 0x80, 0x81 and so on.',
    needImage: 'To flash, choose an image.',
    needDisk: 'To flash, choose the disk that will be overwritten.',
    save: 'Save',
    saving: 'Saving …',
    saved: 'Saved.',
    revert: 'Undo changes',
    dirty: 'Not saved yet',
    clean: 'Saved',
    changedElsewhere:
      'This machine was changed elsewhere while you were editing. Saving replaces that change.',
    rearm: 'Start over',
    rearmHint: 'Forgets that this boot mode already ran, so the next network boot does it again.',
    rearmed: 'The next network boot starts from the beginning.',
    delete: 'Delete machine',
    deleteTitle: (mac: string) => `Delete ${mac}?`,
    deleteText:
      'Its assignment, labels and inventory go. Its events stay. It comes back as a new machine when it boots from the network.',
    deleteYes: 'Delete',
    deleted: (mac: string) => `${mac} was deleted.`,
    disks: 'Disks',
    disksAt: (when: string) => `reported ${when}`,
    noInventory: 'This machine has not reported its disks yet.',
    diskColumns: { path: 'Device', size: 'Size', model: 'Model', serial: 'Serial' },
    isTarget: 'target',
    removable: 'removable',
    rawDisks: 'disks.json',
    rawLshw: 'lshw.json',
    failure: 'The last flash failed',
    failureNext:
      'It is offered again at the next network boot. Check the cause first, then restart the machine.',
    progress: 'Progress',
    since: (seconds: number) => `for ${duration(seconds)}`,
    why: {
      title: 'Why it did not boot',
      well: 'Nothing stands out: the last boot is under way, went through, or has not been heard yet.',
      next: 'Next step',
      evidence: (count: number) => (count === 1 ? 'What it rests on' : `What it rests on, ${count} lines`),
      severity: { bad: 'stopped here', warn: 'likely', info: 'hint' },
      open: { netboot: 'Open Netboot', images: 'Open Images' },
    },
    filter: { all: 'All', trace: 'Boot trace', event: 'Events' },
    noTimeline:
      'Nothing seen since the console was started. The boot trace shows each step from the first DHCP packet on.',
    times: (count: number) => `×${count}`,
    event: 'Event',
  },

  images: {
    title: 'Images',
    add: 'Add by URL',
    addTitle: 'Add an image by URL',
    url: 'Image URL',
    urlHint: 'An http:// or https:// address that ends in .img, .img.gz or .img.zst.',
    urlBad: 'Give the whole address, for example https://example.com/debian-13.img.zst.',
    sha: 'Checksum URL (optional)',
    shaHint: 'The address of its .sha256 file. With it every flash is checked against that digest.',
    shaBad: 'A checksum URL starts with http:// or https://.',
    submit: 'Add image',
    adding: 'Asking the origin …',
    added: (name: string) => `${name} was added.`,
    upload: 'Upload catalog.toml',
    uploading: 'Reading the catalog …',
    drop: 'Drop catalog.toml here',
    tooBig: (size: number) =>
      `This file has ${bytes(size)}; a catalog has 1.05 MB at most. Is it really a catalog.toml?`,
    imported: (imported: number, skipped: number) =>
      `${plural(imported, 'image')} imported${skipped > 0 ? `, ${skipped} already here` : ''}.`,
    importErrors: (count: number) => `${plural(count, 'entry', 'entries')} had a problem:`,
    columns: {
      name: 'Name',
      format: 'Format',
      arch: 'Arch',
      size: 'Size',
      sha: 'SHA-256',
      source: 'Source',
      used: 'Used by',
    },
    unpinned: 'not pinned',
    unpinnedHint: 'Without a digest the agent cannot tell a damaged download from a good one.',
    unknownFormat: 'unknown',
    used: (count: number) => (count === 0 ? '–' : plural(count, 'machine')),
    delete: 'Delete',
    deleteOf: (name: string) => `Delete ${name}`,
    deleteTitle: (name: string) => `Delete ${name} from the catalog?`,
    deleteText: 'Only the entry goes; the file at its origin stays.',
    deleteUsed: (count: number) =>
      `${plural(count, 'machine')} ${count === 1 ? 'is' : 'are'} bound to it and will boot from disk until you choose another image.`,
    deleted: (name: string) => `${name} was removed from the catalog.`,
    empty: 'No image yet',
    emptyText:
      'The catalog holds addresses and digests; the bytes stay where they are until a machine needs them.',
    emptySteps: [
      'Add one by the URL of its .img, .img.gz or .img.zst.',
      'Or drop a catalog.toml anywhere on this page to import a whole list.',
    ],
  },

  netboot: {
    title: 'Netboot',
    question: (name: string, network: string) => `May bty answer PXE clients on ${network} (${name})?`,
    questionText:
      'It tells network-booting machines where to find their boot file. It never hands out addresses, and your DHCP server stays as it is.',
    yes: 'Yes, answer here',
    no: 'No, stay silent',
    answered: { on: 'bty answers PXE clients on this network.', off: 'bty stays silent on this network.' },
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
  },

  notFound: {
    title: 'No such page',
    text: (path: string) => `There is nothing at ${path}.`,
    go: 'Go to Machines',
  },
}
