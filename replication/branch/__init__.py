"""The branch's end of replication: ships the journal and believes nothing but headquarters' watermark."""
