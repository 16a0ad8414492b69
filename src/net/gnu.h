/*
 * gnu.h - what is used of GnuTLS, which is loaded at the first use.
 *
 * For those files of net/ that speak to it; nobody else includes GnuTLS.
 */
#ifndef NET_GNU_H
#define NET_GNU_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include "base/err.h"

/* Name, and a pointer of its type called that. */
#define GNU_FUNCTIONS(F) \
	F(gnutls_alert_get) F(gnutls_alert_get_name) \
	F(gnutls_alpn_set_protocols) F(gnutls_bye) \
	F(gnutls_certificate_allocate_credentials) \
	F(gnutls_certificate_free_credentials) \
	F(gnutls_certificate_get_peers) \
	F(gnutls_certificate_set_retrieve_function3) \
	F(gnutls_certificate_set_verify_function) \
	F(gnutls_certificate_set_x509_system_trust) \
	F(gnutls_certificate_set_x509_trust_mem) \
	F(gnutls_certificate_verify_peers) F(gnutls_check_version) \
	F(gnutls_cipher_get) F(gnutls_cipher_get_name) \
	F(gnutls_credentials_set) F(gnutls_deinit) F(gnutls_error_is_fatal) \
	F(gnutls_fingerprint) F(gnutls_handshake) \
	F(gnutls_handshake_set_hook_function) F(gnutls_init) \
	F(gnutls_ocsp_status_request_get2) \
	F(gnutls_priority_set_direct) F(gnutls_protocol_get_name) \
	F(gnutls_protocol_get_version) F(gnutls_record_check_pending) \
	F(gnutls_record_recv) F(gnutls_record_send) F(gnutls_server_name_set) \
	F(gnutls_session_get_data2) F(gnutls_session_get_flags) \
	F(gnutls_session_get_ptr) F(gnutls_session_is_resumed) \
	F(gnutls_session_set_data) F(gnutls_session_set_ptr) \
	F(gnutls_set_default_priority_append) F(gnutls_strerror) \
	F(gnutls_transport_set_ptr) F(gnutls_transport_set_pull_function) \
	F(gnutls_transport_set_push_function) F(gnutls_x509_crt_deinit) \
	F(gnutls_x509_crt_get_key_id) F(gnutls_x509_crt_import) \
	F(gnutls_x509_crt_init)

/* The same of what few connections need: revocation, bindings, and what to say
 * of a certificate that is no good.  To look each up takes time. */
#define GNU_RARE_FUNCTIONS(F) \
	F(gnutls_alpn_get_selected_protocol) \
	F(gnutls_certificate_get_trust_list) \
	F(gnutls_certificate_set_verify_flags) \
	F(gnutls_certificate_set_x509_crl) F(gnutls_ocsp_resp_check_crt) \
	F(gnutls_ocsp_resp_deinit) F(gnutls_ocsp_resp_get_single) \
	F(gnutls_ocsp_resp_get_status) F(gnutls_ocsp_resp_import) \
	F(gnutls_ocsp_resp_init) F(gnutls_ocsp_resp_verify_direct) \
	F(gnutls_pk_algorithm_get_name) \
	F(gnutls_pk_bits_to_sec_param) F(gnutls_session_channel_binding) \
	F(gnutls_session_ext_master_secret_status) F(gnutls_sign_get_name) \
	F(gnutls_sign_is_secure2) F(gnutls_x509_crl_deinit) \
	F(gnutls_x509_crl_get_extension_info) \
	F(gnutls_x509_crl_get_next_update) \
	F(gnutls_x509_crl_get_raw_issuer_dn) \
	F(gnutls_x509_crl_get_this_update) \
	F(gnutls_x509_crl_iter_crt_serial) F(gnutls_x509_crl_iter_deinit) \
	F(gnutls_x509_crl_list_import2) F(gnutls_x509_crl_verify) \
	F(gnutls_x509_crt_check_issuer) F(gnutls_x509_crt_get_dn) \
	F(gnutls_x509_crt_get_dn_by_oid) F(gnutls_x509_crt_get_issuer_dn) \
	F(gnutls_x509_crt_get_pk_algorithm) F(gnutls_x509_crt_get_serial) \
	F(gnutls_x509_crt_get_signature_algorithm) \
	F(gnutls_x509_crt_get_subject_alt_name) \
	F(gnutls_x509_crt_get_tlsfeatures) F(gnutls_x509_crt_verify) \
	F(gnutls_x509_tlsfeatures_deinit) F(gnutls_x509_tlsfeatures_get) \
	F(gnutls_x509_tlsfeatures_init) F(gnutls_x509_trust_list_iter_deinit) \
	F(gnutls_x509_trust_list_iter_get_ca)

/* The same of what only a certificate of ours needs. */
#define GNU_KEY_FUNCTIONS(F) \
	F(gnutls_pcert_deinit) F(gnutls_pcert_import_x509_raw) \
	F(gnutls_pcert_list_import_x509_file) \
	F(gnutls_pcert_list_import_x509_raw) \
	F(gnutls_privkey_deinit) F(gnutls_privkey_import_url) \
	F(gnutls_privkey_import_x509_raw) F(gnutls_privkey_init) \
	F(gnutls_privkey_set_pin_function) \
	F(gnutls_pubkey_deinit) F(gnutls_pubkey_get_key_id) \
	F(gnutls_pubkey_import_privkey) F(gnutls_pubkey_init) \
	F(gnutls_url_is_supported)

/* The same of what only DANE needs. */
#define GNU_DANE_FUNCTIONS(F) \
	F(gnutls_pubkey_deinit) F(gnutls_pubkey_export2) \
	F(gnutls_pubkey_import_x509) F(gnutls_pubkey_init) \
	F(gnutls_x509_crt_export2) F(gnutls_x509_trust_list_add_cas) \
	F(gnutls_x509_trust_list_deinit) F(gnutls_x509_trust_list_init) \
	F(gnutls_x509_trust_list_verify_crt2)

#define GNU_POINTER(f)	__typeof__(f) *f##_;

struct gnu { GNU_FUNCTIONS(GNU_POINTER) };
struct gnu_rare { GNU_RARE_FUNCTIONS(GNU_POINTER) };
struct gnu_keys { GNU_KEY_FUNCTIONS(GNU_POINTER) };
struct gnu_dane { GNU_DANE_FUNCTIONS(GNU_POINTER) };

/* Filled in by gnu_open(), and the others below. */
extern struct gnu gnu;
extern struct gnu_rare gnu_rare;
extern struct gnu_keys gnu_keys;
extern struct gnu_dane gnu_dane;

/* Short names for what is behind the pointers. */
#define call(f)	(gnu.gnutls_##f##_)
#define rare(f)	(gnu_rare.gnutls_##f##_)
#define keys(f)	(gnu_keys.gnutls_##f##_)
#define dane(f)	(gnu_dane.gnutls_##f##_)

/* Return 0, or -1 with *e set as dynlib_open() does. */
int	 gnu_open(struct err *e);
int	 gnu_open_rare(struct err *e);
int	 gnu_open_keys(struct err *e);
int	 gnu_open_dane(struct err *e);

#endif
