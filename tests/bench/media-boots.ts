/** One boot of a stick or card in QEMU, from power-on to the wizard. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCard } from '../e2e/lab/card.ts'
import type { CardParts } from '../e2e/lab/card.ts'
import { startChildren } from '../e2e/lab/children.ts'
import type { Children } from '../e2e/lab/children.ts'
import type { Boot } from '../e2e/lab/machine.ts'
import { makeStick } from '../e2e/lab/stick.ts'
import type { StickParts } from '../e2e/lab/stick.ts'

const MIB = 1024 * 1024
const STICK_BYTES = 512 * MIB
const CARD_BYTES = 1536 * MIB
const LIMIT_MS = 300_000
/** Printed when the wizard is about to be drawn. */
const WIZARD = 'image_root: '

/** Seconds with SeaBIOS and the ISO on a USB stick of 512 MiB, which it grows on the way. Throws when no wizard comes. */
export function stickSeconds(parts: Omit<StickParts, 'dir' | 'children'>, iso: string): Promise<number> {
  return bootSeconds(async (dir, children) => {
    const stick = await makeStick({ ...parts, dir, children }, iso, STICK_BYTES)
    return () => stick.powerOn('bios')
  })
}

/** Seconds with the kernel for Pi 4 on QEMU's arm64 board and a card of 1.5 GiB, which it grows on the way. Throws when no wizard comes. */
export function cardSeconds(
  parts: Pick<CardParts, 'qemu' | 'packed'> & { memoryMib: number },
): Promise<number> {
  const { memoryMib } = parts
  return bootSeconds(async (dir, children) => {
    const card = await makeCard(
      { ...parts, dir, children, model: 'pi4' },
      { sizeBytes: CARD_BYTES, memoryMib },
    )
    return () => card.powerOn()
  })
}

async function bootSeconds(
  prepare: (dir: string, children: Children) => Promise<() => Promise<Boot>>,
): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'bty-bench-'))
  const children = startChildren(dir)
  try {
    const powerOn = await prepare(dir, children)
    const began = performance.now()
    const boot = await powerOn()
    await boot.sees(WIZARD, LIMIT_MS)
    return (performance.now() - began) / 1000
  } finally {
    await children.close()
    await rm(dir, { recursive: true, force: true })
  }
}
