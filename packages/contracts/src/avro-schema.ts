/**
 * The Avro schema as a resolved tree: named types are replaced by the node they name, so a reader never
 * looks names up. Parsing, validity rules and evolution rules live beside this file.
 * Source: Apache Avro specification 1.12.
 */
export type AvroPrimitive =
  | 'null'
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'bytes'
  | 'string';

export interface AvroPrimitiveNode {
  readonly kind: AvroPrimitive;
  readonly logical?: AvroLogical;
  /** Attributes outside the specification, such as `connect.name`. */
  readonly props: Readonly<Record<string, unknown>>;
}
export interface AvroFixed {
  readonly kind: 'fixed';
  readonly fullName: string;
  readonly aliases?: readonly string[];
  readonly size: number;
  readonly logical?: AvroLogical;
  readonly props: Readonly<Record<string, unknown>>;
}
export interface AvroEnum {
  readonly kind: 'enum';
  readonly fullName: string;
  readonly doc?: string;
  readonly aliases?: readonly string[];
  readonly symbols: readonly string[];
  readonly default?: string;
}
export interface AvroArray {
  readonly kind: 'array';
  readonly items: AvroNode;
}
export interface AvroMap {
  readonly kind: 'map';
  readonly values: AvroNode;
}
export interface AvroUnion {
  readonly kind: 'union';
  readonly branches: readonly AvroNode[];
}
export interface AvroField {
  readonly name: string;
  readonly type: AvroNode;
  readonly doc?: string;
  readonly aliases: readonly string[];
  /** Present when the schema gives a default; `undefined` otherwise (null is a default). */
  readonly default?: { readonly value: unknown };
}
export interface AvroRecord {
  readonly kind: 'record';
  readonly fullName: string;
  readonly doc?: string;
  readonly aliases: readonly string[];
  readonly fields: readonly AvroField[];
}
export type AvroNode =
  | AvroPrimitiveNode
  | AvroFixed
  | AvroEnum
  | AvroArray
  | AvroMap
  | AvroUnion
  | AvroRecord;

export type AvroLogical =
  | { readonly name: 'date' }
  | { readonly name: 'time-millis' }
  | { readonly name: 'time-micros' }
  | { readonly name: 'timestamp-millis' }
  | { readonly name: 'timestamp-micros' }
  | { readonly name: 'local-timestamp-millis' }
  | { readonly name: 'local-timestamp-micros' }
  | { readonly name: 'uuid' }
  | { readonly name: 'decimal'; readonly precision: number; readonly scale: number };
