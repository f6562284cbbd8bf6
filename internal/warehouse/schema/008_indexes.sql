-- Of a million cases few are owed an answer now, and few were answered on a day: where
-- they are is known without reading the others. All rows are new since 007: none is without.
-- An index over NULL and times would find all granules in which there is a NULL.
ALTER TABLE cases
    ADD INDEX IF NOT EXISTS is_due due TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS when_replied assumeNotNull(replied) TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS when_settled assumeNotNull(settled) TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS when_ended assumeNotNull(ended) TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS goes_on into TYPE bloom_filter(0.01) GRANULARITY 1;
