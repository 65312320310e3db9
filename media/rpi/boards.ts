/** The Raspberry Pi boards that the image is for. Data only. */

export interface Board {
  /** Section of config.txt that they read, and folder of their kernel on the boot partition. */
  model: 'pi4' | 'pi5'
  /** Package set of their kernel. */
  kernel: 'kernelStable' | 'kernel'
  /** Device trees of the kernel that they are handed, by the beginning of their names. */
  deviceTrees: string
}

/** Pi 4, 400 and CM4 run with Debian's own kernel; Pi 5 has its network card behind a chip that only newer ones know. */
export const BOARDS: readonly Board[] = [
  { model: 'pi4', kernel: 'kernelStable', deviceTrees: 'bcm2711-' },
  { model: 'pi5', kernel: 'kernel', deviceTrees: 'bcm2712-' },
]

/** What the boot ROM of a Pi 4 loads from the boot partition; a Pi 5 has all of it in its flash. */
export const FIRMWARE_FILES = ['start4.elf', 'fixup4.dat']
