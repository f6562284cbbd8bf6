-- How much a post was noticed when it was first read, and where reading was too slow.
ALTER TABLE mentions
    ADD COLUMN IF NOT EXISTS replies UInt32 COMMENT 'answers that the source showed when it was first read; 0: none, or it does not say',
    ADD COLUMN IF NOT EXISTS views   UInt32 COMMENT 'likewise, how many had opened it';
ALTER TABLE posts
    ADD COLUMN IF NOT EXISTS replies UInt32 COMMENT 'answers that the source showed when it was first read; 0: none, or it does not say',
    ADD COLUMN IF NOT EXISTS views   UInt32 COMMENT 'likewise, how many had opened it';
ALTER TABLE polls
    ADD COLUMN IF NOT EXISTS gap Bool COMMENT 'posts may have come and gone unseen since the poll before';
