/**
 * What ClickHouse's error codes mean for whoever repeats a request or not: one table. Codes that are
 * missing here are permanent faults of the statement, so that a new code stops the flow rather than losing
 * a record or repeating for ever.
 * Source: ClickHouse src/Common/ErrorCodes.cpp; which of them pass by themselves was compared with the
 * published lists of clickhouse-kafka-connect, Vector and GlassFlow.
 */
export type CodeMeaning =
  /** Passes by itself: nothing landed, or what did is covered by the token. */
  | 'retryable'
  /** The server itself does not know whether it was carried out. */
  | 'unknown'
  /** A value in the data does not fit: repeating the same bytes fails for ever. */
  | 'data'
  /** The statement, the table or the rights do not fit: a person or a migration must act. */
  | 'statement';

const RETRYABLE: readonly number[] = [
  3, // UNEXPECTED_END_OF_FILE: the body was cut off on its way
  33, // CANNOT_READ_ALL_DATA: the same, with the length announced
  74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
  75, // CANNOT_WRITE_TO_FILE_DESCRIPTOR
  95, // CANNOT_READ_FROM_SOCKET
  96, // CANNOT_WRITE_TO_SOCKET
  107, // FILE_DOESNT_EXIST: a part that a merge has just replaced
  159, // TIMEOUT_EXCEEDED
  164, // READONLY: the server is in read-only mode
  198, // DNS_ERROR
  201, // QUOTA_EXCEEDED: until the interval ends
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  203, // NO_FREE_CONNECTION
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  225, // NO_ZOOKEEPER
  236, // ABORTED: the server is shutting down
  241, // MEMORY_LIMIT_EXCEEDED
  242, // TABLE_IS_READ_ONLY: a replica without its Keeper session
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  279, // ALL_CONNECTION_TRIES_FAILED
  285, // TOO_FEW_LIVE_REPLICAS
  286, // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
  290, // LIMIT_EXCEEDED
  394, // QUERY_WAS_CANCELLED
  425, // SYSTEM_ERROR
  439, // CANNOT_SCHEDULE_TASK
  473, // DEADLOCK_AVOIDED
  499, // S3_ERROR
  668, // INVALID_STATE
  733, // TABLE_IS_BEING_RESTARTED
  734, // CANNOT_WRITE_AFTER_BUFFER_CANCELED
  735, // QUERY_WAS_CANCELLED_BY_CLIENT
  745, // SERVER_OVERLOADED
  999, // KEEPER_EXCEPTION
];

const UNKNOWN: readonly number[] = [
  319, // UNKNOWN_STATUS_OF_INSERT
];

const DATA: readonly number[] = [
  6, // CANNOT_PARSE_TEXT
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  69, // ARGUMENT_OUT_OF_BOUND
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  131, // TOO_LARGE_STRING_SIZE
  190, // SIZES_OF_ARRAYS_DONT_MATCH
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  376, // CANNOT_PARSE_UUID
  407, // DECIMAL_OVERFLOW
  441, // CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
  467, // CANNOT_PARSE_BOOL
  469, // VIOLATED_CONSTRAINT
  675, // CANNOT_PARSE_IPV4
  676, // CANNOT_PARSE_IPV6
  691, // UNKNOWN_ELEMENT_OF_ENUM
];

const meanings = new Map<number, CodeMeaning>([
  ...RETRYABLE.map((code) => [code, 'retryable'] as const),
  ...UNKNOWN.map((code) => [code, 'unknown'] as const),
  ...DATA.map((code) => [code, 'data'] as const),
]);

/** STD_EXCEPTION: whatever a library threw; only its type tells what it is about. */
const STD_EXCEPTION = 1001;

/** `type` is the server's name for the error, e.g. `INCORRECT_DATA` or `avro::Exception`. */
export const meaningOfCode = (code: number, type: string): CodeMeaning => {
  if (code === STD_EXCEPTION) return type.startsWith('avro::') ? 'data' : 'statement';
  return meanings.get(code) ?? 'statement';
};
