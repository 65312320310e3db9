import { listDisks } from '../disk/list.ts'
import type { Disk } from '../disk/list.ts'
import { asFlashError } from '../errors.ts'
import type { CatalogImage } from '../image/catalog.ts'
import { flashWithProgress } from './flash-with-progress.ts'
import { loadCatalog } from './catalog-source.ts'
import { bootMemory } from './memory.ts'
import { reportDone } from './outcome.ts'
import { bytesText } from './words.ts'
import { rebootOrSay } from './world.ts'
import type { Agent, World } from './world.ts'

const SILENT = { report: () => {}, flush: async () => {} }

/** Lets a person choose an image and a disk from lists. With an agent, its server hears of the flash. */
export async function interactive(catalog: string, world: World, agent: Agent | null): Promise<void> {
  for (;;) {
    const image = await chooseImage(catalog, world)
    if (image === null) return
    const disk = await chooseDisk(world)
    if (disk === null) continue
    if (!(await confirm(image, disk, world))) continue
    if (!(await flash(image, disk, world, agent))) continue
    if (agent !== null) await reportDone(agent)
    const answer = await world.prompt.ask('Reboot now? [Y/n] > ')
    if (answer === null || /^n/i.test(answer)) return
    return await rebootOrSay(world)
  }
}

/** Null: the person leaves. */
async function chooseImage(catalog: string, world: World): Promise<CatalogImage | null> {
  for (;;) {
    let images: CatalogImage[] = []
    try {
      images = await loadCatalog(catalog, world.signal)
      if (images.length === 0) world.screen.say(`The catalog ${catalog} lists no images.`)
    } catch (error) {
      world.screen.say(`The catalog cannot be read: ${(error as Error).message}`)
    }
    const rows = images.map(
      ({ name, format, arch, sizeBytes }) =>
        `${name}  ${format ?? '?'}  ${arch ?? '?'}  ${sizeBytes ? bytesText(sizeBytes) : '-'}`,
    )
    const chosen = await chooseRow('Images', rows, 'image number, r = read again, q = leave', world)
    if (chosen === 'leave') return null
    if (chosen !== 'again') return images[chosen]!
  }
}

/** Null: back to the images. Disks that must not be flashed are shown with the reason and cannot be chosen. */
async function chooseDisk(world: World): Promise<Disk | null> {
  for (;;) {
    let disks: Disk[] = []
    try {
      disks = await listDisks(world.run)
    } catch (error) {
      world.screen.say(asFlashError(error).message)
    }
    const rows = disks.map(({ path, inventory: { size, model, tran, serial }, marks }) => {
      const facts = `${path}  ${size ?? '?'}  ${model ?? '-'}  ${tran ?? '-'}  ${serial ?? '(no serial)'}`
      return marks.length === 0 ? facts : `${facts}  NOT POSSIBLE: ${marks.join(', ')}`
    })
    const chosen = await chooseRow('Disks', rows, 'disk number, r = list again, q = back', world)
    if (chosen === 'leave') return null
    if (chosen === 'again') continue
    const disk = disks[chosen]!
    if (disk.marks.length === 0) return disk
    world.screen.say(`${disk.path} cannot be flashed: it ${disk.marks.join(', and ')}.`)
  }
}

async function chooseRow(
  title: string,
  rows: readonly string[],
  question: string,
  { screen, prompt }: World,
): Promise<number | 'again' | 'leave'> {
  screen.say(`\n${title}`)
  rows.forEach((row, i) => screen.say(`  ${i + 1}  ${row}`))
  if (rows.length === 0) screen.say('  (none)')
  for (;;) {
    const answer = await prompt.ask(`${question} > `)
    if (answer === null || /^q/i.test(answer)) return 'leave'
    if (/^r/i.test(answer) || answer === '') return 'again'
    const number = /^\d{1,6}$/.test(answer) ? Number(answer) : 0
    if (number >= 1 && number <= rows.length) return number - 1
    screen.say(rows.length === 0 ? 'The list is empty.' : `Type a number from 1 to ${rows.length}.`)
  }
}

async function confirm(image: CatalogImage, disk: Disk, { screen, prompt }: World): Promise<boolean> {
  screen.say(`\nImage: ${image.name} (${image.src})`)
  screen.say(`Disk:  ${disk.path}, ${disk.inventory.size}, serial ${disk.serial ?? '(none)'}`)
  screen.say(`       now on it: ${disk.content}`)
  for (const warning of disk.warnings) screen.say(`       WARNING: it ${warning}`)
  const answer = await prompt.ask('Everything on this disk will be lost. Write? [y/N] > ')
  return answer !== null && /^y(?:es)?$/i.test(answer)
}

async function flash(image: CatalogImage, disk: Disk, world: World, agent: Agent | null): Promise<boolean> {
  const { src, format, sha256 } = image
  const { path, serial, sizeBytes, wwn } = disk
  const request = { src, format, sha256, target: { path, serial, sizeBytes, wwn, allowMember: true } }
  try {
    const memory = agent?.memory ?? bootMemory(world.runDir)
    await flashWithProgress(request, { ...world, memory, reporter: agent?.reporter ?? SILENT })
    return true
  } catch (error) {
    if (world.signal.aborted) throw error
    world.screen.say(`THE FLASH FAILED: ${asFlashError(error).message}`)
    return false
  }
}
