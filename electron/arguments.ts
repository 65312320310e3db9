/** The server's flags, of which the desktop app passes on what it is given. `true`: a value follows. */
const FLAGS: Record<string, boolean> = {
  '--host': true,
  '--port': true,
  '--state-dir': true,
  '--config': true,
  '--no-netboot': false,
}

/**
 * The server's flags among a process's arguments. Executable, app folder and Chromium's switches (`--no-sandbox`,
 * `--ozone-platform=wayland`) stand beside them and are not the server's business.
 */
export function serverFlags(argv: readonly string[]): string[] {
  return argv.flatMap((argument, at) => {
    const [name = ''] = argument.split('=')
    const takesValue = FLAGS[name]
    if (takesValue === undefined) return []
    const value = argv[at + 1]
    const follows = takesValue && argument === name && value !== undefined && !value.startsWith('--')
    return follows ? [argument, value] : [argument]
  })
}
