/** What the pages share: who is signed in, where we are, what the stream told, and how wishes are answered. */
import { answerOf, ApiError, call, lastingCall, problemOf } from '../api.ts'
import { imageRows } from '../images.ts'
import { desktopBridge } from '../bridge.ts'
import { bridgeStream, httpStream } from '../terminal/follow.ts'
import { words } from '../words.ts'
import { BackupsState } from './backups.svelte.ts'
import { BulkState } from './bulk.svelte.ts'
import { CacheState } from './cache.svelte.ts'
import { CatalogState } from './catalog.svelte.ts'
import { clock } from './clock.svelte.ts'
import { DeletionsState } from './deletions.svelte.ts'
import { DroppedState } from './dropped.svelte.ts'
import { DrivesState } from './drives.svelte.ts'
import { EventsState } from './events.svelte.ts'
import { LiveState } from './live.svelte.ts'
import { LookState } from './look.svelte.ts'
import { NetbootState } from './netboot.svelte.ts'
import { NoticeState } from './notices.svelte.ts'
import { NotifyState } from './notify.svelte.ts'
import { poll } from './poll.ts'
import { ReleasesState } from './releases.svelte.ts'
import { RouteState } from './route.svelte.ts'
import { SessionState } from './session.svelte.ts'
import { SettingsState } from './settings.svelte.ts'
import { SticksState } from './sticks.svelte.ts'
import { TerminalState } from './terminal.svelte.ts'
import { UpdatesState } from './updates.svelte.ts'

const bridge = desktopBridge()

export class ConsoleState {
  readonly route = new RouteState()
  readonly session = new SessionState(call)
  readonly notices = new NoticeState()
  readonly catalog = new CatalogState(call)
  readonly netboot = new NetbootState(call)
  readonly releases = new ReleasesState(call)
  readonly cache = new CacheState(call)
  readonly backups = new BackupsState(call)
  readonly dropped = new DroppedState()
  readonly drives = new DrivesState(call, (flash) =>
    this.#tellEnd(words.flash.told(flash), flash.id, 'flash'),
  )
  readonly sticks = new SticksState(call, (burn) => this.#tellEnd(words.sticks.told(burn), burn.id, 'sticks'))
  readonly settings = new SettingsState(call)
  readonly updates = new UpdatesState(call)
  readonly terminal = new TerminalState(
    call,
    lastingCall,
    bridge === null ? httpStream : bridgeStream(bridge),
  )
  readonly look = new LookState()
  readonly notify = new NotifyState()
  readonly bulk = new BulkState(lastingCall)
  readonly log = new EventsState(call)
  readonly deletions = new DeletionsState(this.notices)
  readonly live = new LiveState(
    () => void this.session.load().catch(() => undefined),
    (mac, phase) =>
      this.notify.tell(`${mac}: ${words.phases[phase]}`, mac, () => this.route.go({ view: 'machine', mac })),
  )

  readonly machines = $derived(
    this.deletions.hidden.size === 0
      ? this.live.machines
      : this.live.machines.filter(({ mac }) => !this.deletions.hidden.has(mac)),
  )
  readonly total = $derived(
    (this.live.summary?.total ?? this.live.machines.length) -
      this.live.machines.length +
      this.machines.length,
  )
  readonly images = $derived(
    imageRows(this.catalog.entries, this.catalog.images, this.machines).filter(
      ({ src }) => !this.deletions.hidden.has(src),
    ),
  )

  #tellEnd(text: string, id: string, view: 'flash' | 'sticks'): void {
    this.notify.tell(text, id, () => this.route.go({ view }))
  }

  /** Milliseconds since the epoch. It stands still while the stream is lost: ages on the screen would be guesses. */
  get nowMs(): number {
    return this.live.status === 'lost' ? this.live.lostAtMs : clock.nowMs
  }

  /** This session may use the drives of the laptop. */
  get desk(): boolean {
    return this.session.value?.desk ?? false
  }

  /** An ended session asks for signing in by itself; that the server is gone is said by the live sign. */
  async guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status !== 401 && error.status !== 0) this.notices.say(error.message, 'bad')
    }
  }

  /** Guarded `work` now and again `everyMs` after its end, while somebody is signed in. For an `$effect`: gives its undo. */
  poll(work: () => Promise<unknown>, everyMs: number): (() => void) | undefined {
    return this.session.signedIn ? poll(() => this.guarded(work), everyMs) : undefined
  }

  /** For wishes without a form of their own: what went wrong is said at the edge of the screen. */
  async wish(work: () => Promise<unknown>, done?: string): Promise<boolean> {
    const problem = await problemOf(work)
    if (problem !== null) this.notices.say(problem, 'bad')
    else if (done !== undefined) this.notices.say(done)
    return problem === null
  }

  /** What is added again while its deletion still waits must not be taken by it afterwards. */
  async settled<T>(work: () => Promise<T>): Promise<T> {
    await this.deletions.flush()
    return work()
  }

  /** Opens the machine, which is made known first where it is not. Gives the sentence of the failure, or null. */
  readonly addMachine = async (mac: string): Promise<string | null> => {
    if (this.deletions.hidden.has(mac)) await this.deletions.flush()
    const known = this.live.machine(mac) !== undefined
    const problem = known ? null : await problemOf(() => call('saveMachine', { params: { mac }, body: {} }))
    if (problem === null) this.route.go({ view: 'machine', mac })
    return problem
  }

  /** The sentence of the failure, or null. */
  readonly addImage = (url: string, sha: string | null) =>
    problemOf(async () =>
      this.notices.say(words.images.added(await this.settled(() => this.catalog.add(url, sha)))),
    )

  readonly takeCatalog = (file: File): void => {
    this.dropped.catalog = file
    this.route.go({ view: 'images' })
  }

  readonly takeImage = (file: File): void => {
    const path = bridge?.pathOf(file) ?? ''
    this.dropped.image = path === '' ? file.name : path
    this.route.go({ view: 'flash' })
    if (path === '') this.notices.say(words.drop.noPath(file.name), 'bad')
  }

  readonly previewImage = (url: string, sha: string | null) => answerOf(() => this.catalog.preview(url, sha))

  readonly signOut = async (): Promise<void> => {
    await this.deletions.flush()
    await this.wish(() => this.session.signOut())
  }
}
