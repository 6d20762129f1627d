#pragma once
int estate_thing();
