// Streams are for programs that use the API: the command uses only their types.
declare module 'node:stream' {
  export class Readable {}
  export class Writable {}
}
