-- What makes questions fast when there are many millions of rows: docs/warehouse.md tells
-- what each is for and what it costs. It is done without where a ClickHouse is too old for
-- it: then all answers are the same, only later. What is written from now on has it at
-- once; what is there already gets it in the background.
ALTER TABLE polls MODIFY COLUMN id CODEC(ZSTD(1));
ALTER TABLE posts MODIFY COLUMN id CODEC(ZSTD(1)), MODIFY COLUMN title CODEC(ZSTD(1));
ALTER TABLE cases MODIFY SETTING min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE case_events
    ADD INDEX IF NOT EXISTS of_case case TYPE bloom_filter(0.01) GRANULARITY 1,
    MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE case_events MATERIALIZE INDEX of_case SETTINGS mutations_sync = 0;
ALTER TABLE mentions
    MODIFY COLUMN id CODEC(ZSTD(1)), MODIFY COLUMN title CODEC(ZSTD(1)), MODIFY COLUMN published CODEC(ZSTD(1)),
    ADD PROJECTION IF NOT EXISTS by_day (
        SELECT toDate(seen, 'Asia/Shanghai'), topics[1], source, count() GROUP BY toDate(seen, 'Asia/Shanghai'), topics[1], source
    ),
    ADD PROJECTION IF NOT EXISTS by_case (SELECT toDate(seen, 'Asia/Shanghai'), case, count() GROUP BY toDate(seen, 'Asia/Shanghai'), case),
    ADD PROJECTION IF NOT EXISTS by_words (SELECT toStartOfMonth(seen), case, words, count() GROUP BY toStartOfMonth(seen), case, words),
    MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE mentions MATERIALIZE PROJECTION by_day, MATERIALIZE PROJECTION by_case, MATERIALIZE PROJECTION by_words SETTINGS mutations_sync = 0;
ALTER TABLE mentions
    ADD PROJECTION IF NOT EXISTS of_case (SELECT _part_offset ORDER BY case),
    ADD INDEX IF NOT EXISTS told lowerUTF8(concat(title, '\n', text)) TYPE text(tokenizer = ngrams(2), posting_list_codec = 'bitpacking');
ALTER TABLE mentions MATERIALIZE PROJECTION of_case, MATERIALIZE INDEX told SETTINGS mutations_sync = 0;
