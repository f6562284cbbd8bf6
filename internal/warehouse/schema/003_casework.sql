-- What the whole casework tells of a case's events.
ALTER TABLE case_events
    ADD COLUMN IF NOT EXISTS via      LowCardinality(String) COMMENT 'from where it was done; replied: the channel of the answer',
    ADD COLUMN IF NOT EXISTS contact  String                 COMMENT 'opened: how to reach who asked, masked',
    ADD COLUMN IF NOT EXISTS severity LowCardinality(String) COMMENT 'opened, raised: 一般, 较大, 重大',
    ADD COLUMN IF NOT EXISTS other    String                 COMMENT 'alike, merged, took, split: the other case',
    ADD COLUMN IF NOT EXISTS reply    UInt32                 COMMENT 'verified, accepted: which answer, from 1',
    ADD COLUMN IF NOT EXISTS faults   Array(String)          COMMENT 'verified: what is wrong with the page of the answer',
    ADD COLUMN IF NOT EXISTS sha256   String                 COMMENT 'verified, changed, kept: of what was kept',
    MODIFY COLUMN kind COMMENT 'what happened: opened, joined, signed, replied, closed …; see internal/cases',
    MODIFY COLUMN reason COMMENT 'why',
    MODIFY COLUMN step_name COMMENT 'opened, raised, resumed, extended, reopened: what is owed; replied: what it met …'
