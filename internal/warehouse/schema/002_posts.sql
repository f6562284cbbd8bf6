-- What was read, also what is about nothing: for trying a new topic on it. It goes when
-- the configured time is over: whole parts at once, so that nothing is written anew, and
-- hence one partition a day. The number of days here is only where a new table starts.
CREATE TABLE IF NOT EXISTS posts (
    id        String                                COMMENT 'hash of its source and the key the source gives it',
    shipment  String                                COMMENT 'the run of records it travelled in',
    source    LowCardinality(String),
    title     String                                COMMENT 'phone and identity numbers masked',
    text      String COMMENT 'likewise' CODEC(ZSTD(3)),
    url       String CODEC(ZSTD(1)),
    published Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'when written; NULL: the source does not say',
    seen      DateTime64(3, 'Asia/Shanghai') COMMENT 'when first read' CODEC(Delta, ZSTD(1)),
    topics    Array(LowCardinality(String))         COMMENT 'that fired when it was read; empty: none, or it was too old to ring'
) ENGINE = MergeTree
PARTITION BY toDate(seen)
ORDER BY (seen, id)
TTL toDateTime(seen) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1;
