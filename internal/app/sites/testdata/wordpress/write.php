<?php
// Works on a WordPress with WordPress' own functions: what to do comes as JSON on the
// standard input, what came of it goes as JSON to the standard output.
$do = json_decode( stream_get_contents( STDIN ), true, 8, JSON_THROW_ON_ERROR );
$_SERVER += array( 'HTTP_HOST' => parse_url( getenv( 'SITE_URL' ), PHP_URL_HOST ), 'REQUEST_URI' => '/', 'REQUEST_METHOD' => 'GET' );
if ( 'install' === $do['do'] ) {
	define( 'WP_INSTALLING', true );
	$db = mysqli_connect( null, 'root', '', null, 0, getenv( 'SITE_SOCKET' ) );
	$db->query( 'CREATE DATABASE wordpress CHARACTER SET utf8mb4' );
}
require getenv( 'SITE_ROOT' ) . '/wp-load.php';

// settled ends the script when WordPress says that something is wrong.
function settled( $result ) {
	if ( is_wp_error( $result ) ) {
		throw new Exception( $result->get_error_message() );
	}
	return $result;
}

switch ( $do['do'] ) {
	case 'install':
		require ABSPATH . 'wp-admin/includes/upgrade.php';
		wp_install( $do['title'], 'editor', 'editor@example.cn', true, '', 'editor of a test', 'zh_CN' );
		wp_update_user( array( 'ID' => 1, 'display_name' => $do['author'] ) );
		wp_delete_post( 1, true ); // what every new WordPress says
		update_option( 'timezone_string', 'Asia/Shanghai' );
		update_option( 'comment_previously_approved', 0 );
		update_option( 'default_pingback_flag', 0 );
		update_option( 'default_ping_status', 'closed' );
		switch_theme( $do['theme'] );
		global $wp_rewrite;
		$wp_rewrite->set_permalink_structure( '/%year%/%monthnum%/%day%/%postname%/' );
		$wp_rewrite->flush_rules();
		$id = 1;
		break;
	case 'post':
		$id = settled( wp_insert_post( array(
			'post_author' => 1, 'post_status' => 'publish', 'post_title' => $do['title'], 'post_content' => $do['text'],
			'post_date' => $do['at'] ?? '',
		), true ) );
		break;
	case 'edit':
		$id = settled( wp_update_post( array( 'ID' => $do['id'], 'post_content' => $do['text'] ), true ) );
		break;
	case 'comment':
		add_filter( 'comment_flood_filter', '__return_false', 99 ); // people do not write as fast as a test
		$id = settled( wp_new_comment( array(
			'comment_post_ID' => $do['id'], 'comment_author' => $do['author'], 'comment_author_email' => 'someone@example.cn',
			'comment_author_url' => '', 'comment_content' => $do['text'], 'comment_author_IP' => '127.0.0.1', 'comment_agent' => 'test', 'comment_type' => 'comment',
		), true ) );
		break;
}
echo json_encode( array( 'id' => $id ) );
