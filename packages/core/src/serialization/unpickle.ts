/**
 * A reader of Python's pickles, protocols 1 to 5, as far as files of PyTorch have them. A pickle is a program for a
 * machine with a stack; this machine can only make plain values (see globals.ts).
 */
import { exactNumber, utf8, utf8OrNull } from './bytes.js';
import type { ByteReader } from './bytes.js';
import { fail, quoted } from './fail.js';
import { asList, asName, callGlobal, findGlobal, kindOf, numpyTensor } from './globals.js';
import type { CallContext } from './globals.js';
import { NumpyType, PyArray, PyDict, PyTensor, PythonObject } from './values.js';
import type { PyValue } from './values.js';

/** What a pickle depends on besides its bytes. */
export interface PickleContext extends CallContext {
  /** Whether unknown classes are an error. */
  readonly weightsOnly: boolean;
  /** The object of a persistent id: a storage. */
  persistentLoad(id: PyValue): PyValue;
}

/** The longest integer that is read; no file has longer ones for a purpose. */
const MAX_INTEGER_BYTES = 256;

/** An integer, as a number where that is exact. */
const integer = (value: bigint): number | bigint => exactNumber(value) ?? value;

/** Two's complement, little-endian. */
function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_INTEGER_BYTES) fail(`malformed: an integer of ${bytes.length} bytes`);
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return integer(BigInt.asIntN(8 * bytes.length, value));
}

/** The integer of a line: `12`, `12L`. */
function longOfText(text: string): number | bigint {
  const digits = /^(-?\d+)L?$/.exec(text)?.[1];
  if (digits === undefined || digits.length > MAX_INTEGER_BYTES) return fail(`malformed: integer ${quoted(text)}`);
  return integer(BigInt(digits));
}

function floatOfText(text: string): number {
  const value = Number(text.replace(/^(-?)inf$/, '$1Infinity'));
  if (text === '' || (Number.isNaN(value) && text !== 'nan')) fail(`malformed: float ${quoted(text)}`);
  return value;
}

/** A str of Python 2: text where it is one, else bytes. */
const python2String = (bytes: Uint8Array): PyValue => utf8OrNull(bytes) ?? bytes;

class Machine {
  private readonly stack: PyValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PyValue>();

  constructor(
    readonly reader: ByteReader,
    readonly context: PickleContext,
  ) {}

  push(value: PyValue): void {
    this.stack.push(value);
  }

  pop(): PyValue {
    const value = this.stack.length > (this.marks.at(-1) ?? 0) ? this.stack.pop() : undefined;
    return value === undefined ? fail('malformed: the pickle takes from an empty stack') : value;
  }

  top(): PyValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** What was pushed since the last mark. */
  popMark(): PyValue[] {
    const start = this.marks.pop();
    return start === undefined ? fail('malformed: the pickle has no mark to go back to') : this.stack.splice(start);
  }

  /** The topmost `count` values as a tuple. */
  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop());
    this.push(items.reverse());
  }

  put(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(index: number): void {
    const value = this.memo.get(index);
    this.push(value === undefined ? fail(`malformed: the pickle recalls ${index}, which it did not store`) : value);
  }

  /** Adds to a list. */
  append(items: readonly PyValue[]): void {
    const target = this.top();
    // The items of an object are values of this pickle until `convert` has seen them.
    const list = target instanceof PythonObject ? target.items : asList(target, 'what is appended to');
    for (const item of items) list.push(item);
  }

  /** Adds keys and values in turn to a dict. */
  setItems(items: readonly PyValue[]): void {
    const target = this.top();
    if (target instanceof PythonObject) target.entries ??= new PyDict();
    const dict = target instanceof PythonObject ? target.entries : target;
    if (!(dict instanceof PyDict)) fail(`malformed: entries are set in ${kindOf(target)}, expected a dict`);
    if (items.length % 2 === 1) fail('malformed: a dict has a key without a value');
    for (let i = 0; i < items.length; i += 2) dict.entries.push([items[i], items[i + 1]]);
  }

  addItems(items: readonly PyValue[]): void {
    const target = this.top();
    if (!(target instanceof Set)) fail(`malformed: elements are added to ${kindOf(target)}, expected a set`);
    for (const item of items) target.add(item);
  }

  call(): void {
    const args = this.pop();
    this.push(callGlobal(this.pop(), args, this.context));
  }

  /** A call with named arguments, which come last as a dict. */
  callNamed(): void {
    const named = this.pop();
    const args = asList(this.pop(), 'the arguments of a call');
    this.context.charge(16 * args.length);
    this.push(callGlobal(this.pop(), [...args, named], this.context));
  }

  /** `object.__setstate__(state)`. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PythonObject) target.state = state;
    else if (target instanceof NumpyType) target.bigEndian = asList(state, 'the state of a numpy dtype')[1] === '>';
    else if (target instanceof PyArray) {
      target.tensor = numpyTensor(asList(state, 'the state of a numpy array').slice(1), this.context);
    } else if (target instanceof PyTensor) {
      // A Parameter of PyTorch 0.3: (requires_grad, volatile, hooks).
      target.requiresGrad = asList(state, 'the state of a tensor')[0] === true;
    } else if (!(target instanceof PyDict)) fail(`malformed: a state is given to ${kindOf(target)}`);
    // An OrderedDict's attributes are left out: `_metadata` of a state dict, with versions of modules.
  }

  global(module: PyValue, name: PyValue): void {
    const { weightsOnly } = this.context;
    this.push(findGlobal(asName(module, 'the module of a class'), asName(name, 'the name of a class'), weightsOnly));
  }
}

/** By opcode, under the names of Python's `pickletools`. */
const opcodes: Readonly<Record<number, (m: Machine) => void>> = {
  [0x28]: (m) => m.mark(), // MARK
  [0x29]: (m) => m.push([]), // EMPTY_TUPLE
  [0x30]: (m) => void m.pop(), // POP
  [0x31]: (m) => void m.popMark(), // POP_MARK
  [0x32]: (m) => m.push(m.top()), // DUP
  [0x42]: (m) => m.push(m.reader.take(m.reader.u32())), // BINBYTES
  [0x43]: (m) => m.push(m.reader.take(m.reader.u8())), // SHORT_BINBYTES
  [0x46]: (m) => m.push(floatOfText(m.reader.line())), // FLOAT
  [0x47]: (m) => m.push(m.reader.f64()), // BINFLOAT
  [0x49]: (m) => {
    const text = m.reader.line(); // INT
    m.push(text === '00' || text === '01' ? text === '01' : longOfText(text));
  },
  [0x4a]: (m) => m.push(m.reader.i32()), // BININT
  [0x4b]: (m) => m.push(m.reader.u8()), // BININT1
  [0x4c]: (m) => m.push(longOfText(m.reader.line())), // LONG
  [0x4d]: (m) => m.push(m.reader.u16()), // BININT2
  [0x4e]: (m) => m.push(null), // NONE
  [0x51]: (m) => m.push(m.context.persistentLoad(m.pop())), // BINPERSID
  [0x52]: (m) => m.call(), // REDUCE
  [0x54]: (m) => m.push(python2String(m.reader.take(m.reader.u32()))), // BINSTRING
  [0x55]: (m) => m.push(python2String(m.reader.take(m.reader.u8()))), // SHORT_BINSTRING
  [0x58]: (m) => m.push(utf8(m.reader.take(m.reader.u32()))), // BINUNICODE
  [0x5d]: (m) => m.push([]), // EMPTY_LIST
  [0x61]: (m) => m.append([m.pop()]), // APPEND
  [0x62]: (m) => m.build(), // BUILD
  [0x63]: (m) => m.global(m.reader.line(), m.reader.line()), // GLOBAL
  [0x64]: (m) => {
    const items = m.popMark(); // DICT
    m.push(new PyDict());
    m.setItems(items);
  },
  [0x65]: (m) => m.append(m.popMark()), // APPENDS
  [0x67]: (m) => m.get(Number(m.reader.line())), // GET
  [0x68]: (m) => m.get(m.reader.u8()), // BINGET
  [0x6a]: (m) => m.get(m.reader.u32()), // LONG_BINGET
  [0x6c]: (m) => m.push(m.popMark()), // LIST
  [0x70]: (m) => m.put(Number(m.reader.line())), // PUT
  [0x71]: (m) => m.put(m.reader.u8()), // BINPUT
  [0x72]: (m) => m.put(m.reader.u32()), // LONG_BINPUT
  [0x73]: (m) => {
    const value = m.pop(); // SETITEM
    m.setItems([m.pop(), value]);
  },
  [0x74]: (m) => m.push(m.popMark()), // TUPLE
  [0x75]: (m) => m.setItems(m.popMark()), // SETITEMS
  [0x7d]: (m) => m.push(new PyDict()), // EMPTY_DICT
  [0x80]: (m) => {
    const protocol = m.reader.u8(); // PROTO
    if (protocol > 5) fail(`pickle protocol ${protocol} is not supported, expected at most 5`);
  },
  [0x81]: (m) => m.call(), // NEWOBJ
  [0x85]: (m) => m.tuple(1), // TUPLE1
  [0x86]: (m) => m.tuple(2), // TUPLE2
  [0x87]: (m) => m.tuple(3), // TUPLE3
  [0x88]: (m) => m.push(true), // NEWTRUE
  [0x89]: (m) => m.push(false), // NEWFALSE
  [0x8a]: (m) => m.push(longOf(m.reader.take(m.reader.u8()))), // LONG1
  [0x8b]: (m) => m.push(longOf(m.reader.take(m.reader.u32()))), // LONG4
  [0x8c]: (m) => m.push(utf8(m.reader.take(m.reader.u8()))), // SHORT_BINUNICODE
  [0x8d]: (m) => m.push(utf8(m.reader.take(m.reader.u64()))), // BINUNICODE8
  [0x8e]: (m) => m.push(m.reader.take(m.reader.u64())), // BINBYTES8
  [0x8f]: (m) => m.push(new Set()), // EMPTY_SET
  [0x90]: (m) => m.addItems(m.popMark()), // ADDITEMS
  [0x91]: (m) => m.push(new Set(m.popMark())), // FROZENSET
  [0x92]: (m) => m.callNamed(), // NEWOBJ_EX
  [0x93]: (m) => {
    const name = m.pop(); // STACK_GLOBAL
    m.global(m.pop(), name);
  },
  [0x94]: (m) => m.memoize(), // MEMOIZE
  [0x95]: (m) => void m.reader.u64(), // FRAME
  [0x96]: (m) => m.push(m.reader.take(m.reader.u64())), // BYTEARRAY8
};

const STOP = 0x2e;

/** Reads one pickle and leaves the reader behind it. */
export function unpickle(reader: ByteReader, context: PickleContext): PyValue {
  const machine = new Machine(reader, context);
  for (;;) {
    const opcode = reader.u8();
    if (opcode === STOP) return machine.pop();
    const step = opcodes[opcode];
    if (step === undefined) {
      fail(`malformed: unknown pickle opcode 0x${opcode.toString(16)} at byte ${reader.at - 1}`);
    }
    step(machine);
  }
}
