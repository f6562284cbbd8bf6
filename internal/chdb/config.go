package chdb

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
)

// configTemplate is the engine's configuration. It must be a file: the same
// settings as arguments are silently ignored, and without one the engine would
// take any config.xml in the working folder.
//
//   - merge_tree: fsync before an insert is acknowledged, keep the sources of a
//     merge until the guard has looked, remember 1,000 insert tokens, and stop
//     before the disk is full.
//   - the rest holds memory and threads down: one small machine runs it all.
var configTemplate = template.Must(template.New("engine.xml").Parse(`<clickhouse>
 <storage_configuration><disks><default><keep_free_space_bytes>{{.KeepFree}}</keep_free_space_bytes></default></disks></storage_configuration>
 <merge_tree>
  <old_parts_lifetime>{{.OldParts}}</old_parts_lifetime>
  <fsync_after_insert>1</fsync_after_insert>
  <fsync_part_directory>1</fsync_part_directory>
  <min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
  <min_free_disk_bytes_to_perform_insert>{{.KeepFree}}</min_free_disk_bytes_to_perform_insert>
  <non_replicated_deduplication_window>1000</non_replicated_deduplication_window>
  <merge_max_block_size>1024</merge_max_block_size>
  <max_bytes_to_merge_at_max_space_in_pool>2147483648</max_bytes_to_merge_at_max_space_in_pool>
  <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
  <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
  <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
 </merge_tree>
 <mark_cache_size>8388608</mark_cache_size>
 <index_mark_cache_size>2097152</index_mark_cache_size>
 <primary_index_cache_size>8388608</primary_index_cache_size>
 <uncompressed_cache_size>0</uncompressed_cache_size>
 <query_condition_cache_size>1048576</query_condition_cache_size>
 <mmap_cache_size>16</mmap_cache_size>
 <compiled_expression_cache_size>1048576</compiled_expression_cache_size>
 <max_thread_pool_size>200</max_thread_pool_size>
 <max_thread_pool_free_size>4</max_thread_pool_free_size>
 <max_io_thread_pool_size>4</max_io_thread_pool_size>
 <max_io_thread_pool_free_size>0</max_io_thread_pool_free_size>
 <max_active_parts_loading_thread_pool_size>2</max_active_parts_loading_thread_pool_size>
 <max_outdated_parts_loading_thread_pool_size>1</max_outdated_parts_loading_thread_pool_size>
 <max_parts_cleaning_thread_pool_size>1</max_parts_cleaning_thread_pool_size>
 <background_pool_size>1</background_pool_size>
 <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
 <background_schedule_pool_size>1</background_schedule_pool_size>
 <jemalloc_enable_background_threads>1</jemalloc_enable_background_threads>
</clickhouse>
`))

// writeConfig puts the configuration into dir and returns its path. It leaves
// a file that is already right alone, so that a full disk does not keep the
// engine from opening.
func writeConfig(dir string, keepFree uint64) (string, error) {
	var want bytes.Buffer
	err := configTemplate.Execute(&want, map[string]uint64{"KeepFree": keepFree, "OldParts": uint64(oldPartsLifetime.Seconds())})
	if err != nil {
		return "", fmt.Errorf("write the engine's configuration: %w", err)
	}
	path := filepath.Join(dir, configName)
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, want.Bytes()) {
		return path, nil
	}
	if err := writeFile(path, want.Bytes()); err != nil {
		return "", fmt.Errorf("write the engine's configuration: %w", err)
	}
	return path, nil
}
