// UsherPlan
