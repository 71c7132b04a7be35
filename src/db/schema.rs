//! The tables as both databases have them. Private to `db`; a test compares it with each.

diesel::table! {
    submissions (id) {
        id -> Text,
        kind -> Text,
        state -> Text,
        lang -> Text,
        received_at -> BigInt,
        received_via -> Text,
        address_digest -> Binary,
        digest_key -> Text,
        sealed -> Binary,
        token_hash -> Binary,
        code_hash -> Nullable<Binary>,
        attempts -> Integer,
        expires_at -> BigInt,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    request_keys (id) {
        id -> Text,
        wrapped -> Binary,
        master_key -> Text,
    }
}

diesel::table! {
    requests (id) {
        id -> Text,
        reference -> Text,
        kind -> Text,
        stage -> Text,
        outcome -> Nullable<Text>,
        progress -> Text,
        lang -> Text,
        received_at -> BigInt,
        received_on -> Text,
        received_via -> Text,
        regime -> Text,
        address_digest -> Binary,
        digest_key -> Text,
        sealed -> Binary,
        proof -> Nullable<Text>,
        proved_by -> Nullable<Text>,
        verified_at -> Nullable<BigInt>,
        accepted_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        due_strict -> Text,
        due_with_suspension -> Text,
        extended_at -> Nullable<BigInt>,
        suspended_at -> Nullable<BigInt>,
        suspended_days -> Integer,
        restricted_at -> Nullable<BigInt>,
        policy_version -> Text,
        assignee -> Nullable<Text>,
        team -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    decisions (id) {
        id -> Text,
        request_id -> Text,
        kind -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        sealed -> Binary,
        taken_by -> Nullable<Text>,
        taken_at -> BigInt,
        seconded_by -> Nullable<Text>,
        seconded_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    messages (id) {
        id -> Text,
        request_id -> Text,
        author -> Text,
        staff_id -> Nullable<Text>,
        internal -> Bool,
        sealed -> Binary,
        at -> BigInt,
        incoming_id -> Nullable<Text>,
    }
}

diesel::table! {
    status_links (token_hash) {
        token_hash -> Binary,
        request_id -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    subject_sessions (token_hash) {
        token_hash -> Binary,
        request_id -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    bundles (id) {
        id -> Text,
        request_id -> Text,
        made_at -> BigInt,
        size -> BigInt,
        chunks -> Integer,
        code_hash -> Nullable<Binary>,
        code_expires_at -> Nullable<BigInt>,
        attempts -> Integer,
        downloads -> Integer,
        expires_at -> BigInt,
    }
}

diesel::table! {
    bundle_chunks (bundle_id, seq) {
        bundle_id -> Text,
        seq -> Integer,
        sealed -> Binary,
    }
}

diesel::table! {
    runs (id) {
        id -> Text,
        request_id -> Nullable<Text>,
        cause -> Text,
        state -> Text,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    run_stores (run_id, store) {
        run_id -> Text,
        store -> Text,
        position -> Integer,
        state -> Text,
        cursor -> Nullable<Text>,
        found -> BigInt,
        erased -> BigInt,
        kept -> BigInt,
        attempts -> Integer,
        read_backs -> Integer,
        intent -> Nullable<Text>,
        searched_at -> Nullable<BigInt>,
        verified_at -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
        retry_at -> Nullable<BigInt>,
        level -> Nullable<Text>,
        leaves -> Nullable<Text>,
        put_off_since -> Nullable<BigInt>,
    }
}

diesel::table! {
    run_items (id) {
        id -> Text,
        run_id -> Text,
        store -> Text,
        item_key -> Text,
        kind -> Text,
        matched -> Text,
        decision -> Text,
        ground -> Nullable<Text>,
        keep_until -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        outcome -> Nullable<Text>,
        outcome_at -> Nullable<BigInt>,
        sealed -> Binary,
    }
}

diesel::table! {
    run_fields (id) {
        id -> Text,
        run_id -> Text,
        store -> Text,
        item_key -> Text,
        field -> Text,
        decision -> Text,
        reason -> Nullable<Text>,
        outcome -> Nullable<Text>,
        outcome_at -> Nullable<BigInt>,
        sealed -> Binary,
    }
}

diesel::table! {
    objections (id) {
        id -> Text,
        address_digest -> Binary,
        digest_key -> Text,
        list -> Text,
        since_at -> BigInt,
        channel -> Text,
        lifted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    erasure_guards (id) {
        id -> Text,
        address_digest -> Binary,
        digest_key -> Text,
        store -> Text,
        record_key -> Text,
        erased_at -> BigInt,
        cause -> Text,
    }
}

diesel::table! {
    corrections (id) {
        id -> Text,
        store -> Text,
        record_key -> Text,
        field -> Text,
        wrong_digest -> Binary,
        digest_key -> Text,
        corrected_at -> BigInt,
    }
}

diesel::table! {
    licences (id) {
        id -> Text,
        store -> Text,
        addon_licence_id -> Nullable<Text>,
        entitlement_id -> Nullable<Text>,
        entitlement_number -> Nullable<Text>,
        licence_number -> Nullable<Text>,
        addon_key -> Text,
        addon_name -> Nullable<Text>,
        hosting -> Text,
        licence_type -> Text,
        status -> Text,
        tier -> Nullable<Text>,
        starts_on -> Nullable<Text>,
        ends_on -> Nullable<Text>,
        evaluation_licence -> Nullable<Text>,
        company -> Nullable<Text>,
        country -> Nullable<Text>,
        region -> Nullable<Text>,
        cloud_id -> Nullable<Text>,
        site -> Nullable<Text>,
        last_updated_on -> Nullable<Text>,
        fingerprint -> Binary,
        import_id -> Text,
        first_seen_at -> BigInt,
        changed_at -> BigInt,
        returned_at -> Nullable<BigInt>,
        fingerprint_key -> Nullable<Text>,
    }
}

diesel::table! {
    transactions (id) {
        id -> Text,
        line_item_id -> Text,
        transaction_id -> Text,
        addon_licence_id -> Nullable<Text>,
        entitlement_id -> Nullable<Text>,
        entitlement_number -> Nullable<Text>,
        addon_key -> Text,
        addon_name -> Nullable<Text>,
        sale_on -> Text,
        sale_type -> Nullable<Text>,
        tier -> Nullable<Text>,
        licence_type -> Nullable<Text>,
        hosting -> Nullable<Text>,
        billing_period -> Nullable<Text>,
        purchase_price -> Nullable<Text>,
        vendor_amount -> Nullable<Text>,
        company -> Nullable<Text>,
        country -> Nullable<Text>,
        region -> Nullable<Text>,
        last_updated_on -> Nullable<Text>,
        fingerprint -> Binary,
        import_id -> Text,
        first_seen_at -> BigInt,
        changed_at -> BigInt,
        fingerprint_key -> Nullable<Text>,
    }
}

diesel::table! {
    contacts (id) {
        id -> Text,
        store -> Text,
        record_id -> Text,
        role -> Text,
        address_digest -> Nullable<Binary>,
        digest_key -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Nullable<Text>,
        phone -> Nullable<Text>,
        address1 -> Nullable<Text>,
        address2 -> Nullable<Text>,
        city -> Nullable<Text>,
        state -> Nullable<Text>,
        postcode -> Nullable<Text>,
        blocked -> Nullable<Binary>,
        blocked_until -> Nullable<Text>,
        blocked_ground -> Nullable<Text>,
        import_id -> Text,
        first_seen_at -> BigInt,
        replaced_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    tickets (id) {
        id -> Text,
        ticket_key -> Text,
        subject -> Text,
        status -> Text,
        product -> Nullable<Text>,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        fingerprint -> Binary,
        import_id -> Text,
        changed_at -> BigInt,
        fingerprint_key -> Nullable<Text>,
    }
}

diesel::table! {
    ticket_people (id) {
        id -> Text,
        ticket_id -> Text,
        role -> Text,
        address_digest -> Nullable<Binary>,
        digest_key -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    ticket_messages (id) {
        id -> Text,
        ticket_id -> Text,
        message_key -> Text,
        address_digest -> Nullable<Binary>,
        digest_key -> Nullable<Text>,
        author_email -> Nullable<Text>,
        author_name -> Nullable<Text>,
        at -> BigInt,
        internal -> Bool,
        body -> Text,
        headers -> Text,
    }
}

diesel::table! {
    ticket_files (id) {
        id -> Text,
        ticket_id -> Text,
        message_id -> Text,
        file_name -> Text,
        media_type -> Text,
        size -> BigInt,
        content -> Nullable<Binary>,
    }
}

diesel::table! {
    mentions (id) {
        id -> Text,
        ticket_id -> Text,
        record_id -> Text,
        place -> Text,
        address_digest -> Binary,
        digest_key -> Text,
    }
}

diesel::table! {
    installations (id) {
        id -> Text,
        client_key -> Text,
        app_key -> Text,
        site -> Nullable<Text>,
        address_digest -> Nullable<Binary>,
        digest_key -> Nullable<Text>,
        account_id -> Nullable<Text>,
        email -> Nullable<Text>,
        secret -> Nullable<Binary>,
        installed_at -> BigInt,
        uninstalled_at -> Nullable<BigInt>,
        import_id -> Text,
        uninstalled_source -> Nullable<Text>,
    }
}

diesel::table! {
    imports (id) {
        id -> Text,
        source -> Text,
        file_digest -> Binary,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        position -> BigInt,
        rows_read -> BigInt,
        rows_written -> BigInt,
        rows_unchanged -> BigInt,
        rows_suppressed -> BigInt,
        rows_refused -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        cause -> Text,
        letter -> Text,
        request_id -> Nullable<Text>,
        sealed -> Binary,
        state -> Text,
        attempts -> Integer,
        created_at -> BigInt,
        sent_at -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
    }
}

diesel::table! {
    incoming (id) {
        id -> Text,
        source -> Text,
        state -> Text,
        received_at -> BigInt,
        taken_at -> BigInt,
        size -> BigInt,
        parts -> Integer,
        verdict -> Nullable<Text>,
        reason -> Nullable<Text>,
        identity -> Nullable<Binary>,
        identity_key -> Nullable<Text>,
        address_digest -> Nullable<Binary>,
        digest_key -> Nullable<Text>,
        sender_proof -> Nullable<Text>,
        kind -> Nullable<Text>,
        lang -> Nullable<Text>,
        attachments -> Integer,
        sealed -> Binary,
        request_id -> Nullable<Text>,
        letter_id -> Nullable<Text>,
        settled -> Nullable<Text>,
        settled_by -> Nullable<Text>,
        settled_at -> Nullable<BigInt>,
        answered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    incoming_parts (incoming_id, seq) {
        incoming_id -> Text,
        seq -> Integer,
        sealed -> Binary,
    }
}

diesel::table! {
    mailboxes (name) {
        name -> Text,
        uid_validity -> Nullable<BigInt>,
        last_uid -> BigInt,
        put_away_uid -> BigInt,
        newest_at -> Nullable<BigInt>,
        looked_at -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
        trouble_at -> Nullable<BigInt>,
        owner -> Nullable<Text>,
        leased_until -> BigInt,
        renumbered_through -> Nullable<BigInt>,
        renumbered_since_on -> Nullable<Text>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        kind -> Text,
        subject -> Text,
        state -> Text,
        run_at -> BigInt,
        attempts -> Integer,
        owner -> Nullable<Text>,
        leased_until -> BigInt,
        created_at -> BigInt,
        trouble -> Nullable<Text>,
        again_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    staff (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        role -> Text,
        team -> Nullable<Text>,
        contract -> Nullable<Text>,
        until_on -> Nullable<Text>,
        active -> Bool,
        password_hash -> Text,
        created_at -> BigInt,
        failures -> Integer,
        locked_until -> Nullable<BigInt>,
        signed_in_at -> Nullable<BigInt>,
        wrong_codes -> Integer,
        wrong_code_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    staff_sessions (token_hash) {
        token_hash -> Binary,
        staff_id -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
        proved -> Text,
        wrong_codes -> Integer,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> Text,
        version -> Integer,
        leaf -> Binary,
    }
}

diesel::table! {
    audit_personal (entry_id) {
        entry_id -> Text,
        salt -> Binary,
        personal -> Binary,
    }
}

diesel::table! {
    audit_pending (entry_id) {
        entry_id -> Text,
        mac -> Text,
    }
}

diesel::table! {
    audit_sequence (log, position) {
        log -> Integer,
        position -> BigInt,
        entry_id -> Text,
        leaf_hash -> Binary,
        mac -> Text,
    }
}

diesel::table! {
    audit_nodes (log, level, position) {
        log -> Integer,
        level -> Integer,
        position -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    audit_index (entry_id) {
        entry_id -> Text,
        at -> BigInt,
        action -> Text,
        staff_id -> Nullable<Text>,
        request_id -> Nullable<Text>,
        store -> Nullable<Text>,
    }
}

diesel::table! {
    audit_intents (entry_id) {
        entry_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    audit_logs (id) {
        id -> Integer,
        origin -> Text,
        started_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        last_known -> Nullable<Text>,
        pruned -> BigInt,
    }
}

diesel::table! {
    audit_checkpoints (log, size) {
        log -> Integer,
        size -> BigInt,
        note -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    audit_witnesses (log, name) {
        log -> Integer,
        name -> Text,
        size -> BigInt,
        agreed_at -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
        trouble_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_checks (id) {
        id -> Text,
        at -> BigInt,
        size -> BigInt,
        fault -> Nullable<Text>,
        position -> Nullable<BigInt>,
        entry_id -> Nullable<Text>,
    }
}

diesel::table! {
    certificates (request_id) {
        request_id -> Text,
        entry_id -> Text,
        at -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        name -> Text,
        token_hash -> Binary,
        scopes -> Text,
        sealed -> Binary,
        has_webhook -> Bool,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        tool -> Text,
    }
}

diesel::table! {
    sender_state (token_id) {
        token_id -> Text,
        last_place -> BigInt,
        applied_through -> BigInt,
        filled_through -> Nullable<Text>,
        last_used_on -> Nullable<Text>,
    }
}

diesel::table! {
    suppression_feed (id) {
        id -> Text,
        token_id -> Text,
        objection_id -> Text,
        place -> Nullable<BigInt>,
        digest -> Nullable<Binary>,
        list -> Text,
        tool_id -> Nullable<Text>,
        change -> Text,
        at -> BigInt,
        written_at -> BigInt,
    }
}

diesel::table! {
    mailbox_leftovers (mailbox, uid) {
        mailbox -> Text,
        uid -> BigInt,
        tries -> Integer,
    }
}

diesel::table! {
    sweeps (id) {
        id -> Text,
        policy -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        made_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        confirmed_by -> Nullable<Text>,
        trouble -> Nullable<Text>,
    }
}

diesel::table! {
    sweep_categories (sweep_id, category) {
        sweep_id -> Text,
        category -> Text,
        total -> BigInt,
        dateless -> BigInt,
    }
}

diesel::table! {
    sweep_rules (sweep_id, category, rule, act) {
        sweep_id -> Text,
        category -> Text,
        rule -> Text,
        act -> Text,
        due -> BigInt,
        done -> BigInt,
        late -> BigInt,
    }
}

diesel::table! {
    sweep_forecast (due_on, category, rule, act) {
        due_on -> Text,
        category -> Text,
        rule -> Text,
        act -> Text,
        records -> BigInt,
    }
}

diesel::table! {
    incidents (id) {
        id -> Text,
        kind -> Text,
        at -> BigInt,
        category -> Text,
        rule -> Text,
        records -> BigInt,
        worst_on -> Text,
        sweep_id -> Text,
        settled_at -> Nullable<BigInt>,
        settled_by -> Nullable<Text>,
        sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    objection_ids (objection_id, tool, tool_id) {
        objection_id -> Text,
        tool -> Text,
        tool_id -> Text,
    }
}

diesel::table! {
    lifecycle_events (id) {
        id -> Text,
        source -> Text,
        event -> Text,
        app_key -> Text,
        client_key -> Nullable<Text>,
        site -> Nullable<Text>,
        happened_at -> BigInt,
        happened_on -> Nullable<Text>,
        received_at -> BigInt,
        repeat_key -> Text,
    }
}

diesel::table! {
    holds (id) {
        id -> Text,
        placed_at -> BigInt,
        placed_by -> Nullable<Text>,
        until_on -> Nullable<Text>,
        review_on -> Text,
        ended_at -> Nullable<BigInt>,
        ended_by -> Nullable<Text>,
        ended_how -> Nullable<Text>,
        sealed -> Binary,
    }
}

diesel::table! {
    hold_digests (hold_id, address_digest) {
        hold_id -> Text,
        address_digest -> Binary,
        digest_key -> Text,
    }
}

diesel::table! {
    held_records (hold_id, store, item_key) {
        hold_id -> Text,
        store -> Text,
        item_key -> Text,
        kind -> Text,
        cause -> Text,
        since_at -> BigInt,
    }
}

diesel::table! {
    policies (version) {
        version -> Text,
        name -> Text,
        text -> Text,
        statement -> Text,
        first_at -> BigInt,
        in_force_at -> BigInt,
    }
}

diesel::table! {
    announcements (id) {
        id -> Text,
        version -> Text,
        previous -> Nullable<Text>,
        decision -> Text,
        reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> BigInt,
        reached -> Nullable<Binary>,
        letters -> BigInt,
        passed_over -> BigInt,
        done_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    notices (id) {
        id -> Text,
        request_id -> Nullable<Text>,
        recipient -> Text,
        way -> Text,
        act -> Text,
        state -> Text,
        sealed -> Binary,
        attempts -> Integer,
        created_at -> BigInt,
        done_at -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
        sweep_id -> Nullable<Text>,
    }
}

diesel::table! {
    journals (id) {
        id -> Text,
        position -> BigInt,
        line_hash -> Text,
        known_since -> BigInt,
        moved_at -> BigInt,
        to_replay -> Bool,
        given_up_at -> Nullable<BigInt>,
        intent -> Nullable<Text>,
        replayed_all_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    backups (id) {
        id -> Text,
        kind -> Text,
        name -> Text,
        own -> Bool,
        made_at -> BigInt,
        expires_on -> Text,
        verified_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    tasks (id) {
        id -> Text,
        run_id -> Text,
        store -> Text,
        cause -> Text,
        owner -> Nullable<Text>,
        opened_at -> BigInt,
        due_on -> Text,
        reminded_at -> Nullable<BigInt>,
        done_at -> Nullable<BigInt>,
        done_by -> Nullable<Text>,
        sealed -> Binary,
        attestation -> Nullable<Binary>,
    }
}

diesel::table! {
    copies_taken (id) {
        id -> Text,
        entered_at -> BigInt,
        entered_by -> Nullable<Text>,
        holder -> Nullable<Text>,
        everybody -> Bool,
        taken_on -> Text,
        until_on -> Text,
        destroyed_on -> Nullable<Text>,
        destroyed_at -> Nullable<BigInt>,
        destroyed_by -> Nullable<Text>,
        sealed -> Binary,
    }
}

diesel::table! {
    store_health (store) {
        store -> Text,
        asked_at -> BigInt,
        last_success_at -> Nullable<BigInt>,
        failing_since -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
    }
}

diesel::table! {
    copy_digests (copy_id, address_digest) {
        copy_id -> Text,
        address_digest -> Binary,
        digest_key -> Text,
    }
}

diesel::table! {
    access_reviews (id) {
        id -> Text,
        reviewed_at -> BigInt,
        reviewed_by -> Nullable<Text>,
        accounts -> BigInt,
        tokens -> BigInt,
        list -> Text,
    }
}

diesel::table! {
    intake_replays (begun_at) {
        begun_at -> BigInt,
    }
}

diesel::table! {
    staff_factors (id) {
        id -> Text,
        staff_id -> Text,
        kind -> Text,
        sealed -> Binary,
        begun_at -> BigInt,
        session_hash -> Nullable<Binary>,
        confirmed_at -> Nullable<BigInt>,
        last_step -> Nullable<BigInt>,
    }
}

diesel::table! {
    staff_recovery_codes (staff_id, code_hash) {
        staff_id -> Text,
        code_hash -> Binary,
        made_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    submissions,
    request_keys,
    requests,
    decisions,
    messages,
    status_links,
    subject_sessions,
    bundles,
    bundle_chunks,
    runs,
    run_stores,
    run_items,
    run_fields,
    objections,
    erasure_guards,
    corrections,
    licences,
    transactions,
    contacts,
    tickets,
    ticket_people,
    ticket_messages,
    ticket_files,
    mentions,
    installations,
    imports,
    outbox,
    incoming,
    incoming_parts,
    mailboxes,
    jobs,
    staff,
    staff_sessions,
    audit_entries,
    audit_personal,
    audit_pending,
    audit_sequence,
    audit_nodes,
    audit_index,
    audit_intents,
    audit_logs,
    audit_checkpoints,
    audit_witnesses,
    audit_checks,
    certificates,
    api_tokens,
    sender_state,
    suppression_feed,
    mailbox_leftovers,
    sweeps,
    sweep_categories,
    sweep_rules,
    sweep_forecast,
    incidents,
    objection_ids,
    lifecycle_events,
    holds,
    hold_digests,
    held_records,
    policies,
    announcements,
    notices,
    journals,
    backups,
    tasks,
    store_health,
    copies_taken,
    copy_digests,
    access_reviews,
    intake_replays,
    staff_factors,
    staff_recovery_codes,
);
