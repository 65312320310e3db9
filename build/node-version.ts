/** Stops with one line when this Node is older than the project needs, as when a file is run without `npm`. */
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(`Node ${process.versions.node} is too old: run it through npm, which puts Node 24 first`)
  process.exit(1)
}
