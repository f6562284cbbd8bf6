-- The record: what the public said, what was done about it, and how often was read.
-- One partition a month. The window lets a shipment that is sent again change nothing,
-- on a server as well as embedded.
CREATE TABLE IF NOT EXISTS mentions (
    id        String                                COMMENT 'the post: hash of its source and the key the source gives it',
    shipment  String                                COMMENT 'the run of records it travelled in',
    case      String                                COMMENT 'case number, 2026-000123',
    no        UInt32                                COMMENT '1, 2, 3 … within the case',
    source    LowCardinality(String),
    title     String                                COMMENT 'phone and identity numbers masked',
    text      String COMMENT 'likewise' CODEC(ZSTD(3)),
    url       String CODEC(ZSTD(1)),
    published Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'when written; NULL: the source does not say',
    seen      DateTime64(3, 'Asia/Shanghai') COMMENT 'when first read: the clock starts here' CODEC(Delta, ZSTD(1)),
    topics    Array(LowCardinality(String))         COMMENT 'the topic of the case first',
    words     Array(String)                         COMMENT 'what matched'
) ENGINE = MergeTree
PARTITION BY toYYYYMM(seen)
ORDER BY (seen, id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS case_events (
    id          String                              COMMENT 'case number and sequence number',
    shipment    String,
    case        String,
    seq         UInt32                              COMMENT '1, 2, 3 … within the case',
    kind        LowCardinality(String)              COMMENT 'opened joined delivered undelivered signed replied transferred reassigned dismissed closed',
    at          DateTime64(3, 'Asia/Shanghai') CODEC(Delta, ZSTD(1)),
    by          LowCardinality(String)              COMMENT 'a person; empty: the program',
    post        String                              COMMENT 'opened, joined: the mention',
    source      LowCardinality(String),
    title       String,
    url         String                              COMMENT 'opened, joined: the post; replied: the reply',
    topic       LowCardinality(String),
    unit        LowCardinality(String),
    officer     LowCardinality(String),
    mentions    UInt32                              COMMENT 'delivered: how many mentions the card counted',
    text        String COMMENT 'replied' CODEC(ZSTD(3)),
    reason      String                              COMMENT 'transferred, dismissed, undelivered',
    step_name   Array(String)                       COMMENT 'opened: what is owed …',
    step_target Array(LowCardinality(String))       COMMENT '… within how long …',
    step_due    Array(DateTime64(3, 'Asia/Shanghai')) COMMENT '… so until when …',
    step_why    Array(String)                       COMMENT '… and how that was derived'
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (case, seq)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS polls (
    id       String,
    shipment String,
    source   LowCardinality(String),
    at       DateTime64(3, 'Asia/Shanghai') CODEC(Delta, ZSTD(1)),
    read     UInt32                                 COMMENT 'posts that the source showed',
    new      UInt32                                 COMMENT 'of these, never seen before',
    old      UInt32                                 COMMENT 'of the new ones, too old to ring',
    matched  UInt32                                 COMMENT 'of the new ones, mentions',
    error    String                                 COMMENT 'why the poll failed'
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (source, at)
SETTINGS non_replicated_deduplication_window = 1000;
