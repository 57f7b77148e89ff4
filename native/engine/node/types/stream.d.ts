// Streams are for programs that use the API: the command names their types alone.
declare module 'node:stream' {
  export class Readable {}
  export class Writable {}
}
