/** Writing of protobuf messages. Subpath `@reidgrad/onnx-export/protobuf`. */

const encoder = new TextEncoder();

/**
 * A protobuf message under construction: a list of byte runs. Nested messages and tensor data are taken over by
 * reference, so a large tensor is copied once, into the final file.
 */
export class MessageWriter {
  length = 0;
  private readonly runs: Uint8Array[] = [];
  private open: number[] = [];

  /** The whole message. */
  toBytes(): Uint8Array {
    this.close();
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const run of this.runs) {
      bytes.set(run, at);
      at += run.length;
    }
    return bytes;
  }

  /** Field `field` as a varint; `value` is an integer, negative ones as 64-bit two's complement. */
  int(field: number, value: number): void {
    this.varint(field * 8);
    this.signed(value);
  }

  float(field: number, value: number): void {
    this.varint(field * 8 + 5);
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value, true);
    this.run(new Uint8Array(view.buffer));
  }

  double(field: number, value: number): void {
    this.varint(field * 8 + 1);
    this.run(doubleBytes([value]));
  }

  /** A repeated field in its packed form. */
  doubles(field: number, values: readonly number[]): void {
    this.bytes(field, doubleBytes(values));
  }

  string(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.run(value);
  }

  message(field: number, fill: (child: MessageWriter) => void): void {
    const child = new MessageWriter();
    fill(child);
    child.close();
    this.varint(field * 8 + 2);
    this.varint(child.length);
    for (const run of child.runs) this.run(run);
  }

  private signed(value: number): void {
    if (value >= 0) {
      this.varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  private varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  private byte(value: number): void {
    this.open.push(value);
    this.length++;
  }

  private run(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (bytes.length < 64) {
      for (const byte of bytes) this.open.push(byte);
      return;
    }
    this.close();
    this.runs.push(bytes);
  }

  private close(): void {
    if (this.open.length === 0) return;
    this.runs.push(Uint8Array.from(this.open));
    this.open = [];
  }
}

function doubleBytes(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return new Uint8Array(view.buffer);
}
