/**
 * Imported first by a program that flashes: Node's thread pool is sized when it is used for the first time, and each write in flight
 * needs a thread of it.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '32'
