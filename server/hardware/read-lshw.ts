import type { Hardware } from '../api/index.ts'

type Node = Record<string, unknown>

/** Far beyond what machines have; a report from the open network may say anything. */
const LIMITS = { nodes: 20_000, depth: 64, text: 120, processors: 64, slots: 256, networks: 128 }

/** What `lshw -json` says of a machine, bounded and plain; null for what is no such tree. Pure. */
export function readLshw(tree: unknown): Hardware | null {
  const nodes = walk(tree)
  const root = nodes[0]
  if (root === undefined) return null
  const ofClass = (name: string) => nodes.filter((node) => node['class'] === name)
  const byId = (id: string) => nodes.find((node) => node['id'] === id)
  const firmware = byId('firmware')
  return {
    system: makerOf(root['class'] === 'system' ? root : undefined),
    board: makerOf(byId('core')),
    firmware: {
      vendor: text(firmware?.['vendor']),
      version: text(firmware?.['version']),
      date: text(firmware?.['date']),
    },
    processors: ofClass('processor')
      .filter((node) => node['disabled'] !== true && node['product'] !== undefined)
      .slice(0, LIMITS.processors)
      .map(processorOf),
    memory: memoryOf(nodes),
    networks: ofClass('network')
      .filter((node) => text(node['serial']) !== null)
      .slice(0, LIMITS.networks)
      .map(networkOf),
  }
}

/** All nodes, parents before children, without recursion: a tree may be nested as deep as its size allows. */
function walk(tree: unknown): Node[] {
  const found: Node[] = []
  const open = (Array.isArray(tree) ? tree : [tree]).map((value: unknown) => ({ value, depth: 0 }))
  while (open.length > 0 && found.length < LIMITS.nodes) {
    const { value, depth } = open.shift()!
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    found.push(value as Node)
    const children = (value as Node)['children']
    if (Array.isArray(children) && depth < LIMITS.depth)
      open.unshift(
        ...children.slice(0, LIMITS.nodes).map((child: unknown) => ({ value: child, depth: depth + 1 })),
      )
  }
  return found
}

function processorOf(node: Node): Hardware['processors'][number] {
  const settings = configurationOf(node)
  return {
    product: text(node['product']),
    slot: text(node['slot']),
    cores: whole(settings['enabledcores']) ?? whole(settings['cores']),
    threads: whole(settings['threads']),
    // `size` is the clock of the moment, `capacity` what the board could take.
    hz: whole(node['size']) ?? whole(node['capacity']),
  }
}

/** The memory that lshw calls so; caches and firmware are of its class too. */
function memoryOf(nodes: Node[]): Hardware['memory'] {
  const arrays = nodes.filter(
    (node) => node['class'] === 'memory' && /^memory(?::\d+)?$/.test(String(node['id'])),
  )
  const sizes = arrays.map((node) => whole(node['size'])).filter((size) => size !== null)
  const banks = nodes.filter(
    (node) => node['class'] === 'memory' && /^bank(?::\d+)?$/.test(String(node['id'])),
  )
  return {
    size_bytes: sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0),
    slots: banks.slice(0, LIMITS.slots).map((node) => ({
      slot: text(node['slot']),
      size_bytes: whole(node['size']),
      kind: kindOf(node),
      vendor: named(node['vendor']),
    })),
  }
}

/** `DDR4 3200 MHz` of `DIMM DDR4 Synchronous Registered (Buffered) 3200 MHz (0.3 ns)`. */
function kindOf(node: Node): string | null {
  const said = text(node['description']) ?? ''
  const parts = [/\b(?:LP)?DDR\d?\w*\b/i.exec(said)?.[0], /\b\d{3,5} MHz\b/.exec(said)?.[0]]
  return parts.filter((part) => part !== undefined).join(' ') || null
}

function networkOf(node: Node): Hardware['networks'][number] {
  const settings = configurationOf(node)
  const { logicalname } = node
  return {
    name: text(Array.isArray(logicalname) ? logicalname[0] : logicalname),
    mac: text(node['serial'])?.toLowerCase() ?? null,
    product: [named(node['vendor']), text(node['product'])].filter((part) => part !== null).join(' ') || null,
    driver: text(settings['driver']),
    firmware: named(settings['firmware']),
    link: settings['link'] === 'yes' ? true : settings['link'] === 'no' ? false : null,
    speed: text(settings['speed']),
  }
}

function makerOf(node: Node | undefined): Hardware['system'] {
  return {
    vendor: named(node?.['vendor']),
    // Dell's firmware puts its order numbers behind the name.
    product: named(node?.['product'])?.replace(/ \(SKU=.*\)$/, '') ?? null,
    serial: named(node?.['serial']),
  }
}

function configurationOf(node: Node): Node {
  const value = node['configuration']
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {}
}

/** Boards that nobody filled in say so in many words. */
const NOTHING =
  /^(?:n\/a|none|unknown|not specified|default string|no dimm|\[empty\]|to be filled by o\.?e\.?m\.?)$/i

function named(value: unknown): string | null {
  const found = text(value)
  return found === null || NOTHING.test(found) ? null : found
}

function text(value: unknown): string | null {
  if (typeof value !== 'string') return null
  // Cut first: the rest may be megabytes.
  const plain = value
    .slice(0, 4 * LIMITS.text)
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Mn}\p{Me}\s]+/gu, ' ')
    .trim()
  return plain === '' ? null : plain.slice(0, LIMITS.text)
}

/** lshw writes some numbers as text. */
function whole(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null
}
