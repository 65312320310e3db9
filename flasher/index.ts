/**
 * The flasher as a library. Disks: `listDisks`, `selectBySerial`, `unmountDisk`. Images and catalogs: `parseCatalog`, `detectFormat`,
 * `openSource`. Flashing: `flashTargets` (each target has its own fate, never throws) or `flashImage` (one target, throws FlashError);
 * `captureDisk` goes the other way. Programs without rights over disks start the helper with `HelperClient`.
 *
 *     const disk = selectBySerial(await listDisks(runTool), 'S3Z9NB0K')
 *     const outcome = await flashTargets(
 *       { src: 'https://example.com/a.img.zst', format: null, sha256: null, targets: [{ path: '/dev/sdb', serial: 'S3Z9NB0K' }] },
 *       { signal, onProgress: (progress) => console.log(progress) },
 *     )
 *
 * Whoever flashes imports `flash/threads.ts` first: it sizes Node's thread pool. docs/flashing.md says what is guaranteed.
 */
export * from './capture/capture.ts'
export * from './disk/list.ts'
export * from './disk/select.ts'
export * from './disk/unmount.ts'
export * from './errors.ts'
export * from './flash/flash.ts'
export * from './flash/outcome.ts'
export * from './flash/plan.ts'
export * from './flash/progress.ts'
export * from './flash/record.ts'
export * from './flash/targets.ts'
export * from './helper/client.ts'
export * from './helper/error.ts'
export type { ConfirmedTarget, HelperPlan } from './helper/messages.ts'
export * from './image/arch.ts'
export * from './image/catalog.ts'
export * from './image/errors.ts'
export * from './image/format.ts'
export * from './image/oras.ts'
export * from './image/ref.ts'
export * from './image/sidecar.ts'
export * from './run.ts'
export { openRandom, openSource } from './source/open.ts'
export type { SourceOptions } from './source/open.ts'
export type { SourceWait } from './source/patience.ts'
export type { RandomSource } from './source/random.ts'
export type { Source } from './source/source.ts'
