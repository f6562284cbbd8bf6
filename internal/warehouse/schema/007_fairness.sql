-- What a unit asks that is judged by its cases: how long time stood, how often it was given
-- more, what became of the cases that it passed on. Rows of before are summed up anew;
-- that the old ones are rewritten too need not be waited for.
ALTER TABLE cases
    ADD COLUMN IF NOT EXISTS made        UInt8         COMMENT 'by which version of the sum: rows of an older one are made anew',
    ADD COLUMN IF NOT EXISTS pauses      UInt16        COMMENT 'how often time stood, up to the first answer',
    ADD COLUMN IF NOT EXISTS stood       UInt32        COMMENT 'seconds of working time for which it did; without a pause that lasts',
    ADD COLUMN IF NOT EXISTS back        UInt16        COMMENT 'of the transfers, those to a unit that had held it before',
    ADD COLUMN IF NOT EXISTS declined    UInt16        COMMENT 'transfers that the other unit refused',
    ADD COLUMN IF NOT EXISTS turn_rushed Array(UInt16) COMMENT 'how often who held it passed it on when less than a quarter of the time was left',
    ADD COLUMN IF NOT EXISTS by_hand     Bool          COMMENT 'somebody of the office registered it',
    ADD COLUMN IF NOT EXISTS settled     Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'since when nothing is owed; NULL: something is',
    MODIFY COLUMN extended UInt16 COMMENT 'how often a leader gave more time'
    SETTINGS alter_sync = 0;
